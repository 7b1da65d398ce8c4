import { z } from 'zod';
import { userName } from './chat.ts';

/** What a block of a kind is nothing without; the other kinds are left to whoever can read them. */
const needed = new Map([
  ['text', ['text']],
  ['tool_use', ['id', 'name']],
  ['tool_result', ['tool_use_id']],
]);

const block = z
  .object({ type: z.string().min(1), text: z.string().optional() })
  .loose()
  .superRefine((value, { addIssue }) => {
    for (const field of needed.get(value.type) ?? [])
      if (typeof value[field] !== 'string')
        addIssue({ code: 'custom', path: [field], message: `A ${value.type} block needs it as text` });
  });
const blocks = z.array(block).max(10_000);
const content = z.union([z.string(), blocks]);

const message = z.object({ role: z.enum(['user', 'assistant', 'system']), content }).loose();

const shared = {
  model: z.string().min(1).max(200),
  messages: z.array(message).min(1).max(100_000),
  system: content.nullish(),
  tools: z
    .array(
      z
        .object({ name: z.string().optional(), type: z.string().nullish() })
        .loose()
        .refine(({ name, type }) => name !== undefined || (type != null && type !== 'custom'), {
          path: ['name'],
          message: 'A tool needs a name',
        }),
    )
    .max(512)
    .nullish(),
  tool_choice: z
    .object({ type: z.enum(['auto', 'any', 'tool', 'none']) })
    .loose()
    .nullish(),
  thinking: z.object({ type: z.string() }).loose().nullish(),
  output_config: z
    .object({ format: z.object({ type: z.string() }).loose().nullish() })
    .loose()
    .nullish(),
};

/** Anthropic's Messages request, as far as Daybook must understand it. */
export const messagesRequest = z
  .object({
    ...shared,
    max_tokens: z.number().int().min(1).max(10_000_000),
    stream: z.boolean().nullish(),
    temperature: z.number().min(0).max(1).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    stop_sequences: z.array(z.string()).max(64).nullish(),
    metadata: z.object({ user_id: userName }).loose().nullish(),
  })
  .loose();

export type MessagesRequest = z.infer<typeof messagesRequest>;

/** `POST /v1/messages/count_tokens`. */
export const countTokensRequest = z.object(shared).loose();
