import { z } from 'zod';

const text = z.string();
const positiveTokens = z.number().int().min(1).max(10_000_000).nullish();

const part = z.object({ type: z.string(), text: z.string().optional() }).loose();

const message = z
  .object({
    role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
    content: z.union([text, z.array(part).min(1), z.null()]).optional(),
  })
  .loose();

const tool = z.object({ type: z.string() }).loose();

/** A caller's own name for its user: made opaque before it is kept. */
export const userName = z.string().min(1).max(512).nullish();

/**
 * OpenAI's chat completion request, as far as Daybook must understand it; all else is passed on untouched and
 * judged by the provider.
 */
export const chatRequest = z
  .object({
    model: z.string().min(1).max(200),
    messages: z.array(message).min(1).max(10_000),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).loose().nullish(),
    max_tokens: positiveTokens,
    max_completion_tokens: positiveTokens,
    n: z.number().int().min(1).max(128).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    stop: z.union([text, z.array(text).max(16)]).nullish(),
    tools: z.array(tool).max(512).nullish(),
    response_format: z.object({ type: z.string() }).loose().nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.number().int().min(0).max(20).nullish(),
    user: userName,
    safety_identifier: userName,
  })
  .loose();

export type ChatRequest = z.infer<typeof chatRequest>;
