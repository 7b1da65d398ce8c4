import { z } from 'zod';

/** OpenAI's moderations request; without a model it is the one that OpenAI takes then. */
export const moderationsRequest = z
  .object({
    model: z.string().min(1).max(200).nullish(),
    input: z.union([
      z.string(),
      z.array(z.string()).min(1).max(2_048),
      z
        .array(z.object({ type: z.string(), text: z.string().optional() }).loose())
        .min(1)
        .max(2_048),
    ]),
  })
  .loose();
