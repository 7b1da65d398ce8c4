import type { Frame } from '../../bounded-contexts/inference/index.ts';
import { type ChatRequest, chatRequest } from '../../schemas/http/chat.ts';
import type { Capability } from '../../schemas/primitives.ts';
import { validate } from '../shared/json-body.ts';
import type { Surface } from '../shared/surface.ts';
import { openAiError } from './errors.ts';

/** `POST /v1/chat/completions`. */
export const chatCompletions: Surface = {
  operation: 'chat',
  parse(json) {
    const body = validate(chatRequest, json);
    const read = reading(body);
    return {
      model: body.model,
      streamed: body.stream === true,
      wantsUsageFrame: body.stream_options?.include_usage === true,
      maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
      maxTokensField: body.max_completion_tokens == null ? 'max_tokens' : 'max_completion_tokens',
      choices: body.n ?? 1,
      messages: body.messages.length,
      images: read.images,
      needs: needsOf(body, read.images),
      promptChars: read.chars,
      user: body.safety_identifier ?? body.user ?? undefined,
    };
  },
  error: openAiError,
  sse: (frame: Frame) => `data: ${frame.json}\n\n`,
  done: 'data: [DONE]\n\n',
  sseError: (thrown) => `data: ${JSON.stringify(openAiError(thrown).body)}\n\n`,
};

/** What the model has to read: characters of text, and images. */
function reading(body: ChatRequest): { chars: number; images: number } {
  let images = 0;
  let chars = 0;
  for (const { content } of body.messages) {
    if (typeof content === 'string') chars += content.length;
    else if (Array.isArray(content)) {
      for (const part of content) {
        if (part.type !== 'text') images++;
        else if (typeof part['text'] === 'string') chars += part['text'].length;
      }
    }
  }
  return { chars, images };
}

function needsOf(body: ChatRequest, images: number): Capability[] {
  const needs: Capability[] = [];
  if (Array.isArray(body['tools']) && body['tools'].length > 0) needs.push('tools');
  if (images > 0) needs.push('vision');
  const format = body['response_format'];
  if (format !== null && typeof format === 'object' && 'type' in format && format.type !== 'text')
    needs.push('json');
  if (body['logprobs'] === true) needs.push('logprobs');
  if ((body.n ?? 1) > 1) needs.push('choices');
  if (body.messages.at(-1)?.role === 'assistant') needs.push('prefill');
  return needs;
}
