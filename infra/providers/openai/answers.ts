import { z } from 'zod';
import type { Usage } from '../../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../../schemas/primitives.ts';
import { isRecord } from '../wire/index.ts';
import { chatUsageOf, nothingUsed, rerankUsageOf, responsesUsageOf } from './usage.ts';

/** What Daybook must know of an answer; its bytes go to the caller as they came. */
export interface Read {
  readonly text: string;
  readonly usage: Usage | undefined;
}

interface Reader {
  readonly path: string;
  /** As an error calls it. */
  readonly noun: string;
  /** Undefined where `value` is no such answer. */
  read(value: unknown): Read | undefined;
}

const reader = <Schema extends z.ZodType>(
  path: string,
  noun: string,
  schema: Schema,
  read: (answer: z.output<Schema>) => Read,
): Reader => ({
  path,
  noun,
  read(value) {
    const parsed = schema.safeParse(value);
    return parsed.success ? read(parsed.data) : undefined;
  },
});

const usage = z.unknown().optional();

const outputText = z.object({ type: z.literal('output_text'), text: z.string() });

/** The text of a Responses object: of its messages, in order. */
export const responsesObject = z.object({
  object: z.literal('response').optional(),
  output: z.array(z.object({ type: z.string(), content: z.unknown().optional() })),
  usage,
});

export const responsesText = ({ output }: z.infer<typeof responsesObject>): string =>
  output
    .flatMap(({ type, content }) => (type === 'message' && Array.isArray(content) ? content : []))
    .flatMap((part) => {
      const parsed = outputText.safeParse(part);
      return parsed.success ? [parsed.data.text] : [];
    })
    .join('\n');

/** Every whole answer of a chat comes through here: read by hand, at a tenth of what a schema costs. */
function readChat(value: unknown): Read | undefined {
  const choices = isRecord(value) ? value['choices'] : undefined;
  if (!isRecord(value) || !Array.isArray(choices) || choices.length === 0) return undefined;
  const texts: string[] = [];
  for (const choice of choices as readonly unknown[]) {
    const message = isRecord(choice) ? choice['message'] : undefined;
    if (!isRecord(message)) return undefined;
    const content = message['content'] ?? '';
    if (typeof content !== 'string') return undefined;
    texts.push(content);
  }
  return { text: texts.join('\n'), usage: chatUsageOf(value['usage']) };
}

/** The operations of OpenAI's API that Daybook passes through. */
export const readers: Readonly<Partial<Record<Operation, Reader>>> = {
  chat: { path: '/chat/completions', noun: 'a chat completion', read: readChat },
  completions: reader(
    '/completions',
    'a completion',
    z.object({ choices: z.array(z.object({ text: z.string() })).min(1), usage }),
    (answer) => ({
      text: answer.choices.map((choice) => choice.text).join('\n'),
      usage: chatUsageOf(answer.usage),
    }),
  ),
  responses: reader('/responses', 'a response', responsesObject, (answer) => ({
    text: responsesText(answer),
    usage: responsesUsageOf(answer.usage),
  })),
  embeddings: reader(
    '/embeddings',
    'a list of embeddings',
    z.object({
      data: z.array(z.object({ embedding: z.union([z.string(), z.array(z.number())]) })).min(1),
      usage,
    }),
    (answer) => ({ text: '', usage: chatUsageOf(answer.usage) }),
  ),
  // Free of charge wherever it is offered.
  moderations: reader('/moderations', 'a moderation', z.object({ results: z.array(z.object({})) }), () => ({
    text: '',
    usage: nothingUsed,
  })),
  rerank: reader(
    '/rerank',
    'a ranking',
    z.object({ results: z.array(z.object({ index: z.number().int(), relevance_score: z.number() })), usage }),
    (answer) => ({ text: '', usage: rerankUsageOf(answer.usage) }),
  ),
};
