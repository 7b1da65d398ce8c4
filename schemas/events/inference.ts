import { z } from 'zod';
import { routedModel, routingSchema } from '../config/routing.ts';
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

const choice = z.object({ model: z.string().max(250), reason: z.string().max(500) });

/** Why a call went where it went: all that is needed, with the plan of that version, to decide it again. */
export const decision = z.object({
  /** Of the `routing.published` in force. */
  plan: z.string().max(32),
  asked: z.object({
    needs: z.array(z.string().max(40)),
    chars: z.number().int().nonnegative(),
    maxTokens: z.number().int().optional(),
    /** What the key of the caller may be answered by. */
    allowed: z.object({ models: z.array(z.string()), tiers: z.array(z.number()) }).optional(),
    features: z
      .object({
        chars: z.number(),
        messages: z.number(),
        images: z.number(),
        tools: z.boolean(),
        json: z.boolean(),
        code: z.boolean(),
        cues: z.number(),
      })
      .optional(),
  }),
  seen: z.object({
    open: z.record(z.string(), z.string()),
    down: z.array(z.string()),
    latency: z.record(z.string(), z.number()).optional(),
    pressure: z.number().optional(),
  }),
  candidates: z.array(choice),
  excluded: z.array(choice),
  /** Candidates that were not tried when their turn came, and why. */
  passed: z.array(choice).optional(),
  /** What made the call private: the request, its key, its department, the tenant. */
  privacy: z.string().max(40).optional(),
});
export type RecordedDecision = z.infer<typeof decision>;

/** Ended by one of our own stop markers: which, and how many tokens of its bound the answer did not use. */
const stopped = z.object({ marker: z.string().max(100), savedTokens: z.number().int().nonnegative() });

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
      decision: decision.optional(),
      stopped: stopped.optional(),
    }),
  },
  /** Facts, family `invocations`: a call that was refused before any provider was tried. It cost nothing. */
  'invocation.refused': {
    v: 1,
    schema: z.object({
      ...call,
      code: z.string(),
      reason: z.string().max(500),
      pool: z.string().optional(),
      decision: decision.optional(),
    }),
  },
  /** Facts, family `invocations`: the answer of an earlier call was given again. It cost nothing. */
  'invocation.replayed': {
    v: 1,
    schema: z.object({
      ...call,
      of: idString,
      by: z.enum(['cache', 'idempotency']),
      tier,
      provider: z.string(),
      model: z.string(),
      /** What the earlier call cost. */
      saved: nanoString,
    }),
  },
  /** Family `prices`: the price book in force from here on; `version` is a hash of the prices of that moment. */
  'price-book.published': {
    v: 1,
    schema: z.object({
      version: z.string(),
      /** Counts the books, from 1. Older books have none: they are counted by their order. */
      book: z.number().int().positive().optional(),
      prices: z.array(
        z.object({
          model: z.string(),
          /** Effective from this day (UTC) on; without one from always. */
          from: z.iso.date().optional(),
          /** Nano-dollars per million tokens. */
          input: nanoString,
          cachedInput: nanoString,
          cacheWrite: nanoString.optional(),
          output: nanoString,
        }),
      ),
    }),
  },
  /** Facts, family `restatements`: what a recorded call costs by another price book than the one of its time. */
  'cost.restated': {
    v: 1,
    schema: z.object({
      ...attribution.shape,
      invocation: idString,
      book: z.number().int().positive(),
      /** Unix ms and day of the call. */
      calledAt: z.number().int(),
      day: z.string(),
      tier,
      provider: z.string(),
      model: z.string(),
      /** What was known until now, by an earlier restatement where there is one, and what it is by this book. */
      was: nanoString,
      now: nanoString,
    }),
  },
  /** Family `routing`: the policy, models and aliases that decisions are made by from here on. */
  'routing.published': {
    v: 1,
    schema: z.object({
      version: z.string().max(32),
      policy: routingSchema,
      models: z.array(routedModel),
      aliases: z.record(z.string(), z.array(z.string())),
    }),
  },
  /**
   * Family `breaker.<id of the model>`, of the installation: what attempts at it came to, in order. Written at
   * failures, and at successes while there are failures to weigh.
   */
  'breaker.observed': {
    v: 1,
    schema: z.object({
      model: z.string(),
      outcomes: z.array(
        z.object({
          calls: z.number().int().positive(),
          /** An error code, where they failed. */
          failed: z.string().optional(),
          status: z.number().int().optional(),
          invocation: idString.optional(),
        }),
      ),
      windowMs: z.number().int().positive(),
    }),
  },
  'breaker.opened': {
    v: 1,
    schema: z.object({
      model: z.string(),
      cause: z.string(),
      code: z.string(),
      /** The failed calls that opened it. */
      invocations: z.array(z.string()),
      openMs: z.number().int().positive(),
      probeAt: z.string(),
    }),
  },
  /** This call, and no other, tries whether it serves again. */
  'breaker.probed': { v: 1, schema: z.object({ model: z.string(), invocation: idString }) },
  /** The probe ended and says nothing of the model (its caller left, its time was over): another call may probe. */
  'breaker.released': { v: 1, schema: z.object({ model: z.string(), invocation: idString }) },
  'breaker.closed': { v: 1, schema: z.object({ model: z.string(), invocation: z.string() }) },
  /** Facts, family `health` of the installation: a provider's health check, where its result changed. */
  'provider.health-changed': {
    v: 1,
    schema: z.object({ provider: z.string(), healthy: z.boolean(), reason: z.string().max(500).optional() }),
  },
} as const;
