import type { Frame } from '../../bounded-contexts/inference/index.ts';
import { type ChatRequest, chatRequest } from '../../schemas/http/chat.ts';
import { validate } from '../shared/json-body.ts';
import type { Surface } from '../shared/surface.ts';
import { openAiError } from './errors.ts';

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
      messages: body.messages.length,
      images: imagesIn(body),
      user: body.safety_identifier ?? body.user ?? undefined,
    };
  },
  error: openAiError,
  sse: (frame: Frame) => `data: ${frame.json}\n\n`,
  done: 'data: [DONE]\n\n',
  sseError: (thrown) => `data: ${JSON.stringify(openAiError(thrown).body)}\n\n`,
};

function imagesIn(body: ChatRequest): number {
  let images = 0;
  for (const { content } of body.messages) {
    if (Array.isArray(content)) for (const part of content) if (part.type !== 'text') images++;
  }
  return images;
}
