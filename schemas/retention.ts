import { z } from 'zod';

interface Kind {
  /** What it is, to whoever sets how long it is kept. */
  readonly means: string;
  /** The places of contents and events that are sealed under its periods. */
  readonly fields: readonly string[];
  /** Stands in what is sealed, for ever. */
  readonly code: number;
}

/**
 * The one table of what can be kept for a time. What is not in it ends with its person (profiles), or not at all
 * (definitions of workflows).
 */
export const retentionKinds = {
  prompts: {
    means: 'what was asked of models and of knowledge, and what people said of answers',
    fields: ['prompt', 'question', 'comment'],
    code: 1,
  },
  answers: {
    means: 'what was answered, and the responses that are kept to go on from',
    fields: ['answer', 'response', 'reply-to-question', 'review-answer'],
    code: 2,
  },
  messages: { means: "bodies of agents' messages", fields: ['body'], code: 3 },
  addresses: { means: "clients' addresses in the audit trail", fields: ['address'], code: 4 },
} as const satisfies Record<string, Kind>;

export const retentionKind = z.enum(['prompts', 'answers', 'messages', 'addresses']);
export type RetentionKind = z.infer<typeof retentionKind>;

const kindsByField = new Map<string, RetentionKind>(
  retentionKind.options.flatMap((kind) => retentionKinds[kind].fields.map((field) => [field, kind] as const)),
);

/** Undefined where nothing of it ends by time. */
export const kindOfField = (field: string): RetentionKind | undefined => kindsByField.get(field);

/** Days that something is kept, whole; null: for ever. */
export const retentionDays = z.number().int().min(1).max(36_500).nullable();
