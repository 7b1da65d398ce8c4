/**
 * What ledger events do to money, as sums that can be added to whatever is stored: the one reading of the
 * family `ledger` that the `budgets` read model and the counters share, so that they agree to the nano-dollar.
 */

import { type Period, periods } from '../../schemas/primitives.ts';
import { windowsOf } from '../../schemas/windows.ts';
import type { EventItem } from '../runtime/projector.ts';

export interface PoolDelta {
  readonly tenant: string;
  /** `tenant` or a kind of scope, and its id: the tenant's own where the scope is the tenant. */
  readonly scope: string;
  readonly scopeId: string;
  readonly period: Period;
  readonly window: string;
  posted: bigint;
  pending: bigint;
}

export interface TierDelta {
  readonly tenant: string;
  readonly tier: number;
  readonly period: Period;
  readonly window: string;
  cost: bigint;
}

/** `tenant` → tenant and its id; `user:u1` → user, u1. */
export function scopeParts(name: string, tenant: string): [scope: string, id: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? [name, tenant] : [name.slice(0, colon), name.slice(colon + 1)];
}

interface Sum {
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly day: string;
  posted: bigint;
  pending: bigint;
}

export interface LedgerSums {
  add(item: EventItem): void;
  pools(): PoolDelta[];
  tiers(): TierDelta[];
}

/** Sums first by list of scopes and day, then once by scope and window: a deduction touches up to 28 pools. */
export function ledgerSums(): LedgerSums {
  const sums = new Map<string, Sum>();
  const tiers = new Map<string, { tenant: string; tier: number; day: string; cost: bigint }>();

  const move = (tenant: string, scopes: readonly string[], day: string, posted: bigint, pending: bigint) => {
    const key = `${tenant} ${day} ${scopes.join('\0')}`;
    const sum = sums.get(key);
    if (sum) {
      sum.posted += posted;
      sum.pending += pending;
    } else sums.set(key, { tenant, scopes, day, posted, pending });
  };
  const spend = (tenant: string, tier: number, day: string, cost: bigint) => {
    const key = `${tenant} ${day} ${tier}`;
    const sum = tiers.get(key);
    if (sum) sum.cost += cost;
    else tiers.set(key, { tenant, tier, day, cost });
  };

  return {
    add({ tenant, event }) {
      switch (event.type) {
        case 'budget.reserved':
        case 'budget.topped-up':
          return move(tenant, event.data.scopes, event.data.day, 0n, BigInt(event.data.amount));
        case 'budget.settled': {
          const { scopes, day, tier } = event.data;
          const amount = BigInt(event.data.amount);
          spend(tenant, tier, day, amount);
          return move(tenant, scopes, day, amount, -BigInt(event.data.released));
        }
        case 'budget.voided':
          return move(tenant, event.data.scopes, event.data.day, 0n, -BigInt(event.data.released));
        case 'budget.adjusted': {
          const { scopes, day, tier } = event.data;
          const amount = BigInt(event.data.amount);
          spend(tenant, tier, day, amount);
          return move(tenant, scopes, day, amount, 0n);
        }
        default:
          return;
      }
    },
    pools() {
      const pools = new Map<string, PoolDelta>();
      for (const sum of sums.values()) for (const scope of sum.scopes) addToPools(pools, scope, sum);
      return [...pools.values()];
    },
    tiers() {
      const windowed = new Map<string, TierDelta>();
      for (const { tenant, tier, day, cost } of tiers.values()) {
        for (const [i, window] of windowsOf(day).entries()) {
          const key = `${tenant} ${window} ${tier}`;
          const sum = windowed.get(key);
          if (sum) sum.cost += cost;
          else windowed.set(key, { tenant, tier, period: periods[i] as Period, window, cost });
        }
      }
      return [...windowed.values()];
    },
  };
}

/** Adds what a sum moves in one of its scopes to the pools of the four windows that its day lies in. */
function addToPools(
  pools: Map<string, PoolDelta>,
  scope: string,
  { tenant, day, posted, pending }: Sum,
): void {
  const [kind, scopeId] = scopeParts(scope, tenant);
  for (const [i, window] of windowsOf(day).entries()) {
    const key = `${tenant} ${window} ${scope}`;
    const pool = pools.get(key);
    if (pool) {
      pool.posted += posted;
      pool.pending += pending;
    } else {
      const period = periods[i] as Period;
      pools.set(key, { tenant, scope: kind, scopeId, period, window, posted, pending });
    }
  }
}
