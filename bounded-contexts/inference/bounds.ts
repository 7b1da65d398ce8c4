/**
 * Upper bounds on tokens, known before a call. Every tokenizer in use makes at least one byte into a token, so
 * the bytes of what the model reads bound its tokens; the chat format adds a few tokens a message. No
 * tokenizer is needed, none can be wrong, and settlement returns what was not used.
 */

const tokensPerMessage = 8;
const tokensPerImage = 8_192;

/** `bodyBytes`: size of the request's JSON in UTF-8, which holds messages, tools and formats. */
export function inputBound(bodyBytes: number, messages: number, images: number): number {
  return bodyBytes + messages * tokensPerMessage + images * tokensPerImage;
}

/** Usage where the provider reported none: what arrived cannot be more tokens than it has bytes. */
export const countedOutput = (text: string, bound: number): number =>
  Math.min(Buffer.byteLength(text), bound);
