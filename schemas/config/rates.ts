import { z } from 'zod';
import { managementRule, type RatesOverride, rateRule } from '../rates.ts';

/** How often callers may come: calls of models by key, user and tenant, and, apart from them, management routes. */
export const ratesSchema = z.strictObject({
  key: rateRule.default({}),
  /** Each user that calls are made for; a key that names none is its own. */
  user: rateRule.default({}),
  tenant: rateRule.default({}),
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
export type { RateRule } from '../rates.ts';

/** The configured rates, but for what a tenant has of its own. */
export function ratesWith(configured: Rates, own: RatesOverride | undefined): Rates {
  if (!own) return configured;
  const { management } = configured;
  return {
    key: { ...configured.key, ...own.key },
    user: { ...configured.user, ...own.user },
    tenant: { ...configured.tenant, ...own.tenant },
    management: {
      key: { ...management.key, ...own.management?.key },
      user: { ...management.user, ...own.management?.user },
      tenant: { ...management.tenant, ...own.management?.tenant },
    },
  };
}
