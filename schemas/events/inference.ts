import { z } from 'zod';
import { idString, nanoString, operation, tier } from '../primitives.ts';

/** Who and what a call is attributed to; every id is opaque. */
export const attribution = z.object({
  key: idString,
  user: idString.optional(),
  department: idString.optional(),
  agent: idString.optional(),
  session: idString.optional(),
  run: idString.optional(),
  taskType: z.string().max(80).optional(),
});
export type Attribution = z.infer<typeof attribution>;

export const attempt = z.object({
  provider: z.string(),
  model: z.string(),
  tier,
  /** Milliseconds from the start of the invocation, and the attempt's own duration. */
  startedMs: z.number(),
  ms: z.number(),
  outcome: z.enum(['ok', 'failed', 'aborted']),
  /** Why this model was tried at this point, in the words of the decision. */
  reason: z.string().max(200).optional(),
  /** An error code of the catalogue and the provider's HTTP status, where it failed. */
  error: z.string().optional(),
  status: z.number().int().optional(),
  /** The provider's own words about it. */
  original: z.string().max(2000).optional(),
  input: z.number().int().nonnegative(),
  output: z.number().int().nonnegative(),
  cost: nanoString,
  /** How the usage is known: said by the provider, counted from what arrived, or the bound. */
  usage: z.enum(['provider', 'counted', 'bound', 'none']),
});
export type Attempt = z.infer<typeof attempt>;

const call = {
  invocation: idString,
  trace: idString,
  ...attribution.shape,
  requestedModel: z.string().max(200),
  /** Default: `chat`. */
  operation: operation.optional(),
  streamed: z.boolean(),
  private: z.boolean(),
};

export const inferenceEvents = {
  /** Facts, family `invocations`: one for every call for which a provider was tried. */
  'invocation.completed': {
    v: 1,
    schema: z.object({
      ...call,
      tier,
      provider: z.string(),
      model: z.string(),
      outcome: z.enum(['ok', 'error', 'aborted']),
      error: z.string().optional(),
      input: z.number().int().nonnegative(),
      output: z.number().int().nonnegative(),
      cached: z.number().int().nonnegative(),
      cacheWrite: z.number().int().nonnegative().optional(),
      reasoning: z.number().int().nonnegative(),
      cost: nanoString,
      priceVersion: z.string(),
      latencyMs: z.number(),
      ttftMs: z.number().optional(),
      attempts: z.array(attempt),
      reserved: nanoString,
      /** The deduction's scopes and day, so that the settler needs nothing else. */
      scopes: z.array(z.string()),
      day: z.string(),
      /** `max_tokens` that the budget allowed, where it was lower than asked. */
      loweredTo: z.number().int().optional(),
      /** Content ids of the prompt and the answer, and whose key protects them. */
      dataSubject: idString,
      prompt: idString.optional(),
      answer: idString.optional(),
      /** Content id of the whole response in its dialect, where the caller may ask for it again. */
      response: idString.optional(),
    }),
  },
  /** Facts, family `invocations`: a call that was refused before any provider was tried. It cost nothing. */
  'invocation.refused': {
    v: 1,
    schema: z.object({ ...call, code: z.string(), reason: z.string().max(500), pool: z.string().optional() }),
  },
  /** Family `prices`: the price book in force from here on; `version` is a hash of its content. */
  'price-book.published': {
    v: 1,
    schema: z.object({
      version: z.string(),
      prices: z.array(
        z.object({
          model: z.string(),
          /** Nano-dollars per million tokens. */
          input: nanoString,
          cachedInput: nanoString,
          cacheWrite: nanoString.optional(),
          output: nanoString,
        }),
      ),
    }),
  },
} as const;
