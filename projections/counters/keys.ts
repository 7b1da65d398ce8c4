import type { Period } from '../../schemas/primitives.ts';
import type { PoolDelta, TierDelta } from '../ledger/fold.ts';
import type { CounterChange } from '../ports.ts';

const day = 86_400;

/** How long after its end a window's counters are kept, in seconds. docs/reference/redis.md says the same. */
export const keptSeconds: Readonly<Record<Exclude<Period, 'total'>, number>> = {
  daily: 40 * day,
  weekly: 120 * day,
  monthly: 400 * day,
};

/** First second after a window, in UTC: a time zone is at most 14 hours away, which the days kept outweigh. */
function endOf(period: Exclude<Period, 'total'>, window: string): number {
  if (period === 'daily') return Date.parse(window) / 1000 + day;
  if (period === 'monthly') {
    const [year, month] = window.split('-').map(Number);
    return Date.UTC(year as number, month as number, 1) / 1000;
  }
  const [year, week] = window.split('-W').map(Number);
  // 4 January lies in week 1; its Monday begins the year of weeks.
  const january4 = new Date(Date.UTC(year as number, 0, 4));
  const monday = january4.getTime() / 1000 - ((january4.getUTCDay() + 6) % 7) * day;
  return monday + (week as number) * 7 * day;
}

export const expiryOf = (period: Period, window: string): number | null =>
  period === 'total' ? null : endOf(period, window) + keptSeconds[period];

const windowPart = (period: Period, window: string): string =>
  period === 'total' ? 'total' : `${period}:${window}`;

/** `cost:{acme}:1:daily:2026-11-20` */
export const costKey = (tenant: string, tier: number, period: Period, window: string): string =>
  `cost:{${tenant}}:${tier}:${windowPart(period, window)}`;

/** `budget:{acme}:user:usr_1:monthly:2026-11` */
export const budgetKey = (
  tenant: string,
  scope: string,
  scopeId: string,
  period: Period,
  window: string,
): string => `budget:{${tenant}}:${scope}:${scopeId}:${windowPart(period, window)}`;

/** Sums of ledger events as additions to counters; what adds nothing is left out. */
export function changesOf(pools: readonly PoolDelta[], tiers: readonly TierDelta[]): CounterChange[] {
  const changes: CounterChange[] = [];
  for (const { tenant, tier, period, window, cost } of tiers) {
    if (period === 'total' || cost === 0n) continue;
    const key = costKey(tenant, tier, period, window);
    changes.push({ key, field: null, by: cost, expireAt: expiryOf(period, window) });
  }
  for (const { tenant, scope, scopeId, period, window, posted, pending } of pools) {
    const key = budgetKey(tenant, scope, scopeId, period, window);
    const expireAt = expiryOf(period, window);
    if (posted !== 0n) changes.push({ key, field: 'posted', by: posted, expireAt });
    if (pending !== 0n) changes.push({ key, field: 'pending', by: pending, expireAt });
  }
  return changes;
}
