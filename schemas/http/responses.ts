import { z } from 'zod';
import { userName } from './chat.ts';

const item = z.object({ type: z.string().nullish() }).loose();

/** OpenAI's Responses request, as far as Daybook must understand it. */
export const responsesRequest = z
  .object({
    model: z.string().min(1).max(200),
    input: z.union([z.string(), z.array(item).max(100_000)]),
    instructions: z.string().nullish(),
    previous_response_id: z.string().max(200).nullish(),
    stream: z.boolean().nullish(),
    store: z.boolean().nullish(),
    max_output_tokens: z.number().int().min(1).max(10_000_000).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    top_logprobs: z.number().int().min(0).max(20).nullish(),
    include: z.array(z.string()).nullish(),
    tools: z
      .array(z.object({ type: z.string() }).loose())
      .max(512)
      .nullish(),
    text: z
      .object({ format: z.object({ type: z.string() }).loose().nullish() })
      .loose()
      .nullish(),
    reasoning: z.object({ effort: z.string().nullish() }).loose().nullish(),
    metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
    user: userName,
    safety_identifier: userName,
  })
  .loose();

export type ResponsesRequest = z.infer<typeof responsesRequest>;
