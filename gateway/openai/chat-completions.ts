import { type ChatRequest, chatRequest } from '../../schemas/http/chat.ts';
import type { Capability } from '../../schemas/primitives.ts';
import { validate } from '../shared/json-body.ts';
import { openAiRateHeaders } from '../shared/rate-headers.ts';
import type { AskedFor, Surface } from '../shared/surface.ts';
import { openAiError, openAiStream } from './errors.ts';

/** `POST /v1/chat/completions`. */
export const chatCompletions: Surface = {
  operation: 'chat',
  parse(json) {
    const body = validate(chatRequest, json);
    return {
      model: body.model,
      streamed: body.stream === true,
      wantsUsageFrame: body.stream_options?.include_usage === true,
      maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
      maxTokensField: body.max_completion_tokens == null ? 'max_tokens' : 'max_completion_tokens',
      choices: body.n ?? 1,
      user: body.safety_identifier ?? body.user ?? undefined,
      ...contentsOf(body),
    };
  },
  error: openAiError,
  rateHeaders: openAiRateHeaders,
  ...openAiStream,
};

/** What is to be read, and what must be able to read it: one pass over the messages. */
function contentsOf(body: ChatRequest): Pick<AskedFor, 'messages' | 'images' | 'promptChars' | 'needs'> {
  let images = 0;
  let pictures = 0;
  let promptChars = 0;
  for (const { content } of body.messages) {
    if (typeof content === 'string') promptChars += content.length;
    else if (content)
      for (const part of content) {
        if (part.type === 'text') promptChars += part.text?.length ?? 0;
        else images++;
        if (part.type === 'image_url') pictures++;
      }
  }
  const needs: Capability[] = [];
  if (body.tools && body.tools.length > 0) needs.push('tools');
  if (pictures > 0) needs.push('vision');
  if (body.response_format && body.response_format.type !== 'text') needs.push('json');
  if (body.logprobs === true) needs.push('logprobs');
  if ((body.n ?? 1) > 1) needs.push('choices');
  if (body.messages.at(-1)?.role === 'assistant') needs.push('prefill');
  return { messages: body.messages.length, images, promptChars, needs };
}
