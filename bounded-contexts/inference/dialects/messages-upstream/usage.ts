import { z } from 'zod';
import type { Usage } from '../../ports.ts';

const tokens = z.number().int().min(0).max(2_147_483_647);

/** As the messages API reports it: `input_tokens` are those that no cache was read or written for. */
const messagesUsage = z.object({
  input_tokens: tokens.nullish(),
  output_tokens: tokens,
  cache_read_input_tokens: tokens.nullish(),
  cache_creation_input_tokens: tokens.nullish(),
  output_tokens_details: z.object({ thinking_tokens: tokens.nullish() }).nullish(),
});

/**
 * Undefined where nothing usable is reported. `before`: what `message_start` said, since the last event of a
 * stream need not repeat the input.
 */
export function messagesUsageOf(value: unknown, before?: Usage): Usage | undefined {
  const parsed = messagesUsage.safeParse(value);
  if (!parsed.success) return undefined;
  const { input_tokens, output_tokens, output_tokens_details } = parsed.data;
  const cached = parsed.data.cache_read_input_tokens ?? before?.cached ?? 0;
  const cacheWrite = parsed.data.cache_creation_input_tokens ?? before?.cacheWrite ?? 0;
  const fresh = input_tokens ?? (before ? before.input - before.cached - before.cacheWrite : undefined);
  if (fresh === undefined) return undefined;
  return {
    input: fresh + cached + cacheWrite,
    output: output_tokens,
    cached,
    cacheWrite,
    reasoning: output_tokens_details?.thinking_tokens ?? 0,
  };
}

/** As a chat completion reports it. */
export const chatUsage = ({ input, output, cached, cacheWrite, reasoning }: Usage) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
  completion_tokens_details: { reasoning_tokens: reasoning },
});
