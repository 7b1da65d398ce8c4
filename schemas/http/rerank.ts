import { z } from 'zod';

/** A rerank request as Cohere and Jina have it: the query, and what is to be put in order. */
export const rerankRequest = z
  .object({
    model: z.string().min(1).max(200),
    query: z.string().min(1),
    documents: z
      .array(z.union([z.string(), z.object({ text: z.string() }).loose()]))
      .min(1)
      .max(10_000),
    top_n: z.number().int().min(1).nullish(),
    return_documents: z.boolean().nullish(),
  })
  .loose();
