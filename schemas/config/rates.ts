import { z } from 'zod';

const count = z.number().int().positive().max(1_000_000_000).nullable().optional();

/** What is absent or null is unlimited. */
const rule = z.strictObject({
  requestsPerMinute: count,
  /** Input and output: the bound of a call is taken ahead, and corrected by what it used. */
  tokensPerMinute: count,
  /** Calls in flight at once. */
  concurrent: count,
});

const managementRule = rule.pick({ requestsPerMinute: true });

/** How often callers may come: calls of models by key, user and tenant, and, apart from them, management routes. */
export const ratesSchema = z.strictObject({
  key: rule.default({}),
  /** Each user that calls are made for; a key that names none is its own. */
  user: rule.default({}),
  tenant: rule.default({}),
  management: z
    .strictObject({
      key: managementRule.default({}),
      /** Each principal. */
      user: managementRule.default({ requestsPerMinute: 100 }),
      tenant: managementRule.default({}),
    })
    .default({ key: {}, user: { requestsPerMinute: 100 }, tenant: {} }),
});

export type Rates = z.infer<typeof ratesSchema>;
export type RateRule = z.infer<typeof rule>;
