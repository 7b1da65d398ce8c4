import { z } from 'zod';
import { userName } from './chat.ts';

const part = z.object({ type: z.string() }).loose();
const content = z.union([z.string(), z.array(part)]);
const role = z.enum(['user', 'assistant', 'system', 'developer']);

/** What an item of a kind is nothing without; the other kinds are left to whoever can read them. */
const needed = new Map<string, Readonly<Record<string, z.ZodType>>>([
  ['message', { role, content }],
  ['function_call', { call_id: z.string(), name: z.string() }],
  ['function_call_output', { call_id: z.string(), output: content }],
]);

const item = z
  .object({ type: z.string().nullish() })
  .loose()
  .superRefine((value, { addIssue }) => {
    // Without type and role it only refers to an item.
    const type = value.type ?? ('role' in value || !('id' in value) ? 'message' : '');
    for (const [field, schema] of Object.entries(needed.get(type) ?? {}))
      if (!schema.safeParse(value[field]).success)
        addIssue({ code: 'custom', path: [field], message: `The ${type} is incomplete or wrong there` });
  });

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
      .array(
        z
          .object({ type: z.string() })
          .loose()
          .refine(({ type, name }) => type !== 'function' || typeof name === 'string', {
            path: ['name'],
            message: 'A function needs a name',
          }),
      )
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
