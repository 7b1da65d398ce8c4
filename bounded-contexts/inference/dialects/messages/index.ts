/**
 * Anthropic's Messages over chat completions. What has no place there (server tools, signed thinking,
 * citations, `top_k`) is refused by its name; `cache_control` is a hint about cost and is left out.
 */
import type { Translation } from '../translation.ts';
import { messageOf } from './answer.ts';
import { chatOf } from './request.ts';
import { messageStream } from './stream.ts';

export { estimatedTokens } from './estimate.ts';

export const messages: Translation = { request: chatOf, answer: messageOf, stream: messageStream };
