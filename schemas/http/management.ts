import { z } from '@hono/zod-openapi';
import { attempt, decision } from '../events/inference.ts';
import { costGroups, operations, period, plainText, scopeKind, usdString } from '../primitives.ts';

/** Bodies and parameters of `/api/v1`: camelCase, money in decimal US dollars, time in ISO 8601 UTC. */

const signedUsd = z.string().regex(/^-?\d+(\.\d+)?$/);

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string().optional(),
    param: z.string().optional(),
  })
  .loose()
  .openapi('Problem');

/** What a caller may use as an id of a person or thing of its own. */
export const suppliedId = z.string().min(1).max(512);

export const afterParam = z.string().max(64).optional().openapi({
  description: 'A position (`Daybook-Position`); the answer waits, at most 5 s, until it includes it.',
});

const cursor = z.string().max(400).optional();
const limit = z.coerce.number().int().min(1).max(500).default(50);
const time = z.iso.datetime().optional();

export const budgetBody = z
  .strictObject({
    scope: scopeKind,
    id: suppliedId.optional().openapi({ description: 'Not given for the scope `tenant`.' }),
    period,
    limitUsd: usdString,
    mode: z.enum(['hard', 'soft']).default('hard'),
  })
  .openapi('BudgetBody');

export const budget = z
  .object({
    scope: scopeKind,
    id: z.string(),
    period,
    mode: z.enum(['hard', 'soft']),
    limitUsd: z.string(),
    window: z.string(),
    postedUsd: signedUsd,
    pendingUsd: signedUsd,
    remainingUsd: signedUsd,
    percent: z.number(),
  })
  .openapi('Budget');

export const accepted = z.object({ position: z.string() }).loose().openapi('Accepted');

export const invocationsQuery = z.object({
  user: suppliedId.optional(),
  department: suppliedId.optional(),
  session: suppliedId.optional(),
  run: suppliedId.optional(),
  trace: z.string().max(80).optional(),
  tier: z.coerce.number().int().min(0).max(3).optional(),
  model: z.string().max(200).optional(),
  taskType: z.string().max(80).optional(),
  outcome: z.enum(['ok', 'error', 'aborted', 'refused', 'replayed']).optional(),
  operation: z.enum(operations).optional(),
  divertedFrom: z
    .string()
    .max(250)
    .optional()
    .openapi({ description: "Only calls that this model's open circuit sent elsewhere." }),
  from: time,
  to: time,
  limit,
  cursor,
  after: afterParam,
});

export const costsQuery = z.object({
  groupBy: z.enum(costGroups).default('tier'),
  as: z.enum(['known', 'corrected']).default('known').openapi({
    description: 'As it was known when calls were made, or by the last price book that restated them.',
  }),
  from: time,
  to: time,
  after: afterParam,
});

export const topSpendersQuery = z.object({
  scope: scopeKind.default('user'),
  period: period.default('monthly'),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  after: afterParam,
});

export const eventsQuery = z.object({
  type: z.string().max(100).optional(),
  family: z.string().max(40).optional(),
  aggregate: z.string().max(80).optional(),
  from: time,
  to: time,
  limit,
  cursor,
  after: afterParam,
});

export const messageBody = z
  .strictObject({
    from: suppliedId,
    to: z.union([
      z.strictObject({ agent: suppliedId }),
      z.strictObject({ channel: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/) }),
    ]),
    type: plainText(80),
    conversation: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/)
      .optional(),
    run: suppliedId.optional(),
    inReplyTo: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/)
      .optional(),
    body: z.unknown(),
  })
  .openapi('MessageBody');

export const messagesQuery = z.object({
  conversation: z.string().max(80).optional(),
  run: suppliedId.optional(),
  limit,
  cursor,
  after: afterParam,
});

export const invocation = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    trace: z.string(),
    key: z.string(),
    user: z.string().nullable(),
    department: z.string().nullable(),
    agent: z.string().nullable(),
    session: z.string().nullable(),
    run: z.string().nullable(),
    taskType: z.string().nullable(),
    tier: z.number().nullable(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    requestedModel: z.string(),
    input: z.number(),
    output: z.number(),
    cached: z.number(),
    reasoning: z.number(),
    costUsd: z.string(),
    reservedUsd: z.string(),
    priceVersion: z.string().nullable(),
    latencyMs: z.number().nullable(),
    ttftMs: z.number().nullable(),
    streamed: z.boolean(),
    private: z.boolean(),
    attempts: z.array(
      z.object({ provider: z.string(), model: z.string(), outcome: z.string(), costUsd: z.string() }).loose(),
    ),
    outcome: z.enum(['ok', 'error', 'aborted', 'refused', 'replayed']),
    error: z.string().nullable(),
    reason: z.string().nullable(),
    pool: z.string().nullable(),
    loweredTo: z.number().nullable(),
    operation: z.string(),
    diverted: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'Models that it would have gone to, were their circuits closed.' }),
    stoppedBy: z.string().nullable(),
    savedTokens: z.number().nullable(),
    position: z.string(),
  })
  .openapi('Invocation');

const choice = z.object({ model: z.string(), reason: z.string() });

export const decisionBody = z
  .object({
    invocation: z.string(),
    requestedModel: z.string(),
    operation: z.string(),
    plan: z.string().openapi({ description: 'Version of the `routing.published` that it was decided by.' }),
    asked: decision.shape.asked,
    /** Open circuits, failed health checks, latencies, soft budgets. */
    seen: decision.shape.seen,
    candidates: z.array(choice),
    excluded: z.array(choice),
    passed: z.array(choice).openapi({ description: 'Candidates that were not tried when their turn came.' }),
    privacy: z.string().nullable(),
    attempts: z.array(attempt),
  })
  .openapi('Decision');

export const breakersQuery = z.object({
  at: time.openapi({ description: 'As they were at this moment. Default: now.' }),
  after: afterParam,
});

export const breakerChangesQuery = z.object({
  model: z.string().max(250).optional(),
  from: time,
  to: time,
  limit,
  cursor,
  after: afterParam,
});

const change = {
  model: z.string(),
  cause: z.string().nullable(),
  code: z.string().nullable(),
  probeAt: z.iso.datetime().nullable(),
  invocations: z.array(z.string()),
};

export const breakerState = z
  .object({ ...change, state: z.enum(['closed', 'open', 'half-open']), since: z.iso.datetime() })
  .openapi('Breaker');

export const breakerChange = z
  .object({ ...change, change: z.enum(['opened', 'probed', 'released', 'closed']), at: z.iso.datetime() })
  .openapi('BreakerChange');

export const providerState = z
  .object({
    provider: z.string(),
    healthy: z.boolean(),
    checkedAt: z.iso.datetime(),
    ms: z.number(),
    reason: z.string().nullable(),
  })
  .openapi('Provider');

/** A text, or what stands in its place. */
export const content = z.union([z.string(), z.object({ redacted: z.literal(true) }), z.null()]).openapi({
  description: 'The text; `{"redacted": true}` where its key was destroyed; null where there is none.',
});

export const cost = z
  .object({
    group: z.union([z.string(), z.number(), z.null()]),
    calls: z.number(),
    failed: z.number(),
    input: z.number(),
    output: z.number(),
    cached: z.number(),
    reasoning: z.number(),
    costUsd: z.string(),
  })
  .openapi('Cost');

export const spender = z
  .object({
    scope: scopeKind,
    id: z.string(),
    window: z.string(),
    postedUsd: z.string(),
    pendingUsd: z.string(),
  })
  .openapi('Spender');

export const alert = z
  .object({
    at: z.iso.datetime(),
    scope: scopeKind,
    id: z.string(),
    period,
    window: z.string(),
    threshold: z.number(),
    postedUsd: z.string(),
    limitUsd: z.string(),
  })
  .openapi('BudgetAlert');

export const event = z
  .object({
    id: z.string(),
    type: z.string(),
    at: z.iso.datetime(),
    actor: z.string(),
    family: z.string(),
    aggregate: z.string().optional(),
    correlation: z.string().optional(),
    causation: z.string().optional(),
    position: z.string(),
    data: z.unknown(),
  })
  .openapi('Event');

export const workflowVersion = z
  .object({
    workflow: z.string(),
    version: z.number(),
    hash: z.string(),
    note: z.string().nullable(),
    publishedAt: z.iso.datetime(),
    actor: z.string(),
  })
  .openapi('WorkflowVersion');

export const message = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    from: z.string(),
    to: z.union([z.object({ agent: z.string() }), z.object({ channel: z.string() })]),
    type: z.string(),
    conversation: z.string(),
    run: z.string().nullable(),
    inReplyTo: z.string().nullable(),
    body: z.unknown(),
  })
  .openapi('Message');

export const projection = z
  .object({
    name: z.string(),
    state: z.enum(['running', 'behind', 'stopped', 'rebuilding']),
    generation: z.number().nullable(),
    lagCommits: z
      .number()
      .nullable()
      .openapi({ description: 'This, and what else may be null, is told to the platform’s administrators.' }),
    lagSeconds: z.number().nullable(),
    deadLetters: z.number(),
    error: z.string().nullable(),
    instance: z.string().nullable(),
    progress: z.unknown(),
    reportedAt: z.iso.datetime(),
  })
  .openapi('Projection');

export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });

export const notaryView = z
  .object({
    keys: z.array(
      z.object({
        id: z.string(),
        publicKey: z.string().openapi({ description: 'Ed25519: the raw 32 bytes in base64url.' }),
        pem: z.string(),
        current: z.boolean(),
      }),
    ),
    last: z
      .object({ number: z.number().int(), hash: z.string(), at: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'The last checkpoint that was signed.' }),
  })
  .openapi('Notary');
export type NotaryView = z.infer<typeof notaryView>;
