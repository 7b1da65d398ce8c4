import { z } from 'zod';
import type { Usage } from '../../../bounded-contexts/inference/index.ts';

const tokens = z.number().int().min(0).max(2_147_483_647);

/** Of chat completions, completions and embeddings. */
const chatUsage = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens.nullish(),
  total_tokens: tokens.nullish(),
  prompt_tokens_details: z
    .object({ cached_tokens: tokens.nullish(), cache_write_tokens: tokens.nullish() })
    .nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokens.nullish() }).nullish(),
});

const responsesUsage = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  input_tokens_details: z
    .object({ cached_tokens: tokens.nullish(), cache_write_tokens: tokens.nullish() })
    .nullish(),
  output_tokens_details: z.object({ reasoning_tokens: tokens.nullish() }).nullish(),
});

/** Undefined where the provider reports none, or something that cannot be true. */
export function chatUsageOf(value: unknown): Usage | undefined {
  const parsed = chatUsage.safeParse(value);
  if (!parsed.success) return undefined;
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = parsed.data;
  return {
    input: prompt_tokens,
    output: completion_tokens ?? 0,
    cached: prompt_tokens_details?.cached_tokens ?? 0,
    cacheWrite: prompt_tokens_details?.cache_write_tokens ?? 0,
    reasoning: completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

export function responsesUsageOf(value: unknown): Usage | undefined {
  const parsed = responsesUsage.safeParse(value);
  if (!parsed.success) return undefined;
  const { input_tokens, output_tokens, input_tokens_details, output_tokens_details } = parsed.data;
  return {
    input: input_tokens,
    output: output_tokens,
    cached: input_tokens_details?.cached_tokens ?? 0,
    cacheWrite: input_tokens_details?.cache_write_tokens ?? 0,
    reasoning: output_tokens_details?.reasoning_tokens ?? 0,
  };
}

const totalOnly = z.object({ total_tokens: tokens });

/** Of rerank: Jina, vLLM and Fireworks tell a total; Together tells as chat does; Cohere tells in `meta`. */
export function rerankUsageOf(value: unknown): Usage | undefined {
  const asChat = chatUsageOf(value);
  if (asChat) return asChat;
  const parsed = totalOnly.safeParse(value);
  return parsed.success
    ? { input: parsed.data.total_tokens, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 }
    : undefined;
}

export const nothingUsed: Usage = { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 };
