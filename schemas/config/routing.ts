import { z } from 'zod';
import { tier } from '../primitives.ts';

const milliseconds = z.number().int().positive().max(3_600_000);
const share = z.number().min(0).max(1);

/** When a model is left alone, and for how long. */
const breaker = z.strictObject({
  /** Opens after so many failures one after the other, … */
  failures: z.number().int().min(1).max(1_000).default(3),
  /** … or where this share of at least `rateOver` calls within `windowMs` failed. */
  rate: share.default(0.5),
  rateOver: z.number().int().min(2).max(100_000).default(20),
  windowMs: milliseconds.default(60_000),
  /** Then one call may probe it. */
  openMs: milliseconds.default(30_000),
});

const attempts = z.strictObject({
  /** Of one call, over all models. */
  most: z.number().int().min(1).max(16).default(4),
  /** Pause before the same model is tried once more, with jitter of its half. */
  backoffMs: milliseconds.default(150),
  /** A longer `retry-after` is not waited for: the call moves on. */
  longestRetryAfterMs: z.number().int().min(0).max(60_000).default(1_500),
  /** Until the first token of a streamed attempt; else it moves on. */
  firstTokenMs: milliseconds.default(60_000),
});

/** How `auto` chooses a tier: points for what makes a request hard, and the points at which a tier begins. */
const auto = z.strictObject({
  tier1: z.number().min(0).max(1_000).default(20),
  tier3: z.number().min(0).max(1_000).default(60),
});

const downgrade = z.strictObject({
  /** `auto` takes one tier less once this share of a soft budget is used; 1 switches it off. */
  at: share.default(0.9),
});

const privacy = z.strictObject({
  /** Every call of the installation's tenant. */
  tenant: z.boolean().default(false),
  /** Departments as callers name them (`Daybook-Department`). */
  departments: z.array(z.string().min(1).max(512)).max(1_000).default([]),
});

const early = z.strictObject({
  /** A streamed answer ends after the first of these, and the rest is saved. `code-block`: a closed code block. */
  markers: z.array(z.string().min(1).max(100)).max(16).default([]),
});

const cache = z.strictObject({
  /** Seconds that an answer to an identical request may be given again, to callers who ask for it. */
  seconds: z.number().int().min(1).max(2_592_000).default(3_600),
});

export const routingSchema = z.strictObject({
  /** Among equals of a tier, and among the models of an alias. */
  strategy: z.enum(['order', 'weighted', 'least-cost', 'least-latency']).default('order'),
  /** After the first token: an error event, or another model that continues. */
  midStream: z.enum(['error', 'continue']).default('error'),
  /** What a `provider/model` named exactly means when it fails: that one only, or others of its tier and above. */
  exact: z.enum(['only', 'fail-over']).default('only'),
  attempts: attempts.default(attempts.parse({})),
  breaker: breaker.default(breaker.parse({})),
  auto: auto.default(auto.parse({})),
  downgrade: downgrade.default(downgrade.parse({})),
  privacy: privacy.default(privacy.parse({})),
  early: early.default(early.parse({})),
  cache: cache.default(cache.parse({})),
  health: z
    .strictObject({ everyMs: milliseconds.default(300_000), failedEveryMs: milliseconds.default(15_000) })
    .default({ everyMs: 300_000, failedEveryMs: 15_000 }),
  /** A comment is sent to a streaming caller after so much silence. */
  heartbeatMs: milliseconds.default(15_000),
});

export type RoutingPolicy = z.infer<typeof routingSchema>;

/** A model as the router sees it, published with the policy so that a decision can be computed again. */
export const routedModel = z.object({
  id: z.string(),
  provider: z.string(),
  tier,
  local: z.boolean(),
  weight: z.number(),
  operations: z.array(z.string()),
  capabilities: z.array(z.string()).optional(),
  contextTokens: z.number().optional(),
  defaultMaxTokens: z.number(),
  /** Nano-dollars per million tokens: input, output. */
  price: z.tuple([z.string(), z.string()]),
});
