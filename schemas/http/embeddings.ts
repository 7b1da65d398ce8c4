import { z } from 'zod';
import { userName } from './chat.ts';

const tokens = z.array(z.number().int()).min(1).max(100_000);

/** OpenAI's embeddings request: texts, or tokens, at most 2,048 of them. */
export const embeddingsRequest = z
  .object({
    model: z.string().min(1).max(200),
    input: z.union([
      z.string().min(1),
      z.array(z.string().min(1)).min(1).max(2_048),
      tokens,
      z.array(tokens).min(1).max(2_048),
    ]),
    encoding_format: z.enum(['float', 'base64']).nullish(),
    dimensions: z.number().int().min(1).max(100_000).nullish(),
    user: userName,
  })
  .loose();
