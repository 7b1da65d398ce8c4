import { z } from 'zod';

const count = z.number().int().positive().max(1_000_000_000).nullable().optional();

/** What is absent or null is unlimited. */
export const rateRule = z.strictObject({
  requestsPerMinute: count,
  /** Input and output: the bound of a call is taken ahead, and corrected by what it used. */
  tokensPerMinute: count,
  /** Calls in flight at once. */
  concurrent: count,
});
export type RateRule = z.infer<typeof rateRule>;

export const managementRule = rateRule.pick({ requestsPerMinute: true });

/** What a tenant has in place of what the configuration says; null lifts a limit. */
export const ratesOverride = z.strictObject({
  key: rateRule.optional(),
  user: rateRule.optional(),
  tenant: rateRule.optional(),
  management: z
    .strictObject({
      key: managementRule.optional(),
      user: managementRule.optional(),
      tenant: managementRule.optional(),
    })
    .optional(),
});
export type RatesOverride = z.infer<typeof ratesOverride>;
