import { z } from 'zod';

/** Integer nano-USD as a decimal string, the form of money in events: "50000000" is $0.05. */
export const nanoString = z.string().regex(/^-?\d{1,30}$/, 'an integer number of nano-dollars as a string');

/** US dollars as a decimal string with at most nine decimals, the form of money in HTTP bodies. */
export const usdString = z
  .string()
  .regex(
    /^\d{1,12}(\.\d{1,9})?$/,
    'a decimal string of US dollars with at most nine decimals, such as "0.05"',
  );

/** Text that any store can keep: no control characters, no halves of a surrogate pair. */
export const plainText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'text without control characters');

/** Opaque ids, safe as one token of a NATS subject. */
export const idString = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'letters, digits, "_" and "-", at most 80');

export const scopeKinds = ['tenant', 'department', 'user', 'key', 'agent', 'session', 'run'] as const;
export const scopeKind = z.enum(scopeKinds);
export type ScopeKind = (typeof scopeKinds)[number];

export const periods = ['daily', 'weekly', 'monthly', 'total'] as const;
export const period = z.enum(periods);
export type Period = (typeof periods)[number];

export const tier = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
export type Tier = z.infer<typeof tier>;

export const positionString = z.string().regex(/^[A-Za-z0-9]+-\d+-\d+$/);

/** What spend can be grouped by. */
export const costGroups = [
  'tier',
  'user',
  'department',
  'key',
  'agent',
  'model',
  'provider',
  'taskType',
  'day',
] as const;
export type CostGroup = (typeof costGroups)[number];

/**
 * What can be asked of a model, each with the dialect of its own route: OpenAI's chat completions, completions,
 * responses, embeddings, moderations; Anthropic's messages and the counting of their tokens; rerank.
 */
export const operations = [
  'chat',
  'completions',
  'responses',
  'messages',
  'embeddings',
  'moderations',
  'rerank',
  'count-tokens',
] as const;
export const operation = z.enum(operations);
export type Operation = (typeof operations)[number];

/** What a request may need of a model. `prefill`: it goes on from a beginning of its own answer. */
export const capabilities = ['tools', 'vision', 'json', 'logprobs', 'choices', 'prefill'] as const;
export type Capability = (typeof capabilities)[number];
