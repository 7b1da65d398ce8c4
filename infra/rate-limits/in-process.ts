import {
  type Admission,
  concurrentRetryMs,
  type RateBound,
  type RateLimiter,
  type Standing,
  sliceMs,
  slicesCounted,
} from '../../bounded-contexts/kernel/index.ts';

/** What one scope took, by slice. */
type Slices = Map<number, number>;

interface Reading {
  readonly used: number;
  readonly resetMs: number;
  /** Until `amount` more fits; 0 where it does now. */
  readonly waitMs: number;
}

/** Every so many requests, scopes that took nothing for a minute are forgotten. */
const sweepEvery = 1_024;

/** Counts in this process's memory: for one process, and for each where Redis is away. */
export function inProcessRates(now: () => number = Date.now): RateLimiter {
  const windows = new Map<string, Slices>();
  /** By scope, the ends of the leases of requests that are there at once. */
  const places = new Map<string, Map<string, number>>();
  let requests = 0;

  const readWindow = (slices: Slices | undefined, amount: number, limit: number, at: number): Reading => {
    const first = Math.floor(at / sliceMs) - slicesCounted + 1;
    const counted = [...(slices ?? [])].filter(([slice]) => slice >= first).sort(([a], [b]) => a - b);
    const used = counted.reduce((sum, [, taken]) => sum + taken, 0);
    const back = (slice: number) => (slice + slicesCounted) * sliceMs - at;
    const [oldest] = counted;
    let left = used;
    let waitMs = 0;
    for (const [slice, taken] of counted) {
      if (left + amount <= limit) break;
      left -= taken;
      waitMs = back(slice);
    }
    return { used, resetMs: oldest ? back(oldest[0]) : 0, waitMs };
  };

  const readPlaces = (held: Map<string, number> | undefined, limit: number, at: number): Reading => {
    for (const [request, end] of held ?? []) if (end <= at) held?.delete(request);
    const used = held?.size ?? 0;
    return { used, resetMs: 0, waitMs: used < limit ? 0 : concurrentRetryMs };
  };

  const sweep = (at: number) => {
    const first = Math.floor(at / sliceMs) - slicesCounted + 1;
    for (const [name, slices] of windows)
      if ([...slices.keys()].every((slice) => slice < first)) windows.delete(name);
    for (const [name, held] of places) if (held.size === 0) places.delete(name);
  };

  const of = <Value>(map: Map<string, Value>, name: string, make: () => Value): Value => {
    const value = map.get(name) ?? make();
    map.set(name, value);
    return value;
  };

  const take = (
    tenant: string,
    request: string,
    bounds: readonly RateBound[],
    leaseMs: number,
  ): Admission => {
    const at = now();
    if (requests++ % sweepEvery === 0) sweep(at);
    const slice = Math.floor(at / sliceMs);
    const read = bounds.map((bound) => {
      const name = nameOf(tenant, bound);
      return bound.unit === 'concurrent'
        ? readPlaces(places.get(name), bound.limit, at)
        : readWindow(windows.get(name), takenBy(bound), bound.limit, at);
    });
    const refusing = read.findIndex(({ waitMs }) => waitMs > 0);
    const refusedBy = bounds[refusing];
    if (refusedBy) {
      const standings = bounds.map((bound, index) => standing(bound, read[index], 0));
      return {
        admitted: false,
        standings,
        refusedBy,
        retryAfterMs: Math.max(...read.map((one) => one.waitMs)),
      };
    }
    for (const bound of bounds) {
      const name = nameOf(tenant, bound);
      if (bound.unit === 'concurrent') of(places, name, () => new Map()).set(request, at + leaseMs);
      else {
        const slices = of(windows, name, () => new Map<number, number>());
        for (const old of slices.keys()) if (old <= slice - slicesCounted) slices.delete(old);
        slices.set(slice, (slices.get(slice) ?? 0) + takenBy(bound));
      }
    }
    return {
      admitted: true,
      standings: bounds.map((bound, index) =>
        standing(bound, read[index], takenBy(bound), (slice + slicesCounted) * sliceMs - at),
      ),
      taken: { tenant, request, bounds, slice, local: true },
    };
  };

  return {
    take: async (...asked) => take(...asked),
    async giveBack({ tenant, request, bounds, slice }, tokens) {
      for (const bound of bounds) {
        const name = nameOf(tenant, bound);
        if (bound.unit === 'concurrent') places.get(name)?.delete(request);
        else if (bound.unit === 'tokens') {
          const slices = windows.get(name);
          const counted = slices?.get(slice);
          if (slices && counted !== undefined) slices.set(slice, counted + tokens - takenBy(bound));
        }
      }
    },
    shared: () => false,
    close: async () => {},
  };
}

export const takenBy = ({ amount, limit }: RateBound): number => Math.min(amount, limit);

const nameOf = (tenant: string, { scope, unit }: RateBound): string => `${tenant} ${scope} ${unit}`;

/** `newMs`: when what is taken now comes back, where nothing was there before. */
function standing(bound: RateBound, read: Reading | undefined, taken: number, newMs = 0): Standing {
  const { used = 0, resetMs = 0 } = read ?? {};
  return {
    bound,
    remaining: Math.max(0, bound.limit - used - taken),
    resetMs: bound.unit === 'concurrent' ? 0 : resetMs || newMs,
  };
}
