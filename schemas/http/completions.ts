import { z } from 'zod';
import { userName } from './chat.ts';

const text = z.string();
const tokens = z.array(z.number().int()).min(1);

/** OpenAI's Completions request, as far as Daybook must understand it. */
export const completionsRequest = z
  .object({
    model: z.string().min(1).max(200),
    prompt: z.union([text, z.array(text).min(1).max(2_048), tokens, z.array(tokens).min(1).max(2_048)]),
    max_tokens: z.number().int().min(1).max(10_000_000).nullish(),
    n: z.number().int().min(1).max(128).nullish(),
    best_of: z.number().int().min(1).max(20).nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).loose().nullish(),
    logprobs: z.number().int().min(0).max(20).nullish(),
    echo: z.boolean().nullish(),
    stop: z.union([text, z.array(text).max(16)]).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    user: userName,
  })
  .loose();
