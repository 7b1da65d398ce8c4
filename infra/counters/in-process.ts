import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { CounterChange, CounterStore } from '../../projections/ports.ts';

interface Counter {
  value: bigint;
  expireAt: number | null;
}

/** Counters in memory: empty at start, and counted from the log's beginning by the projector that fills them. */
export function inProcessCounters(now: () => number = Date.now): CounterStore {
  const tenants = new Map<string, Map<string, Counter>>();
  const positions = new Map<string, Position>();
  const checkpoints = new Map<number, string>();

  const add = (counters: Map<string, Counter>, changes: readonly CounterChange[]) => {
    for (const { key, field, by, expireAt } of changes) {
      if (expireAt !== null && expireAt * 1000 <= now()) continue;
      const name = field === null ? key : `${key} ${field}`;
      const counter = counters.get(name);
      if (counter) counter.value += by;
      else counters.set(name, { value: by, expireAt });
    }
  };

  return {
    shared: false,
    async apply(tenant, before, to, changes) {
      const stored = positions.get(tenant) ?? null;
      if (stored !== before) return stored;
      let counters = tenants.get(tenant);
      if (!counters) {
        counters = new Map();
        tenants.set(tenant, counters);
      }
      add(counters, changes);
      positions.set(tenant, to);
      return to;
    },
    position: async (tenant) => positions.get(tenant) ?? null,
    async replace(tenant, expected, to, changes) {
      if ((positions.get(tenant) ?? null) !== expected) return false;
      const counters = new Map<string, Counter>();
      add(counters, changes);
      tenants.set(tenant, counters);
      positions.set(tenant, to);
      return true;
    },
    async read(tenant) {
      const counters = tenants.get(tenant);
      const values = new Map<string, bigint>();
      for (const [name, { value, expireAt }] of counters ?? []) {
        if (expireAt !== null && expireAt * 1000 <= now()) counters?.delete(name);
        else values.set(name, value);
      }
      return values;
    },
    checkpoints: async () => new Map(checkpoints),
    async moveCheckpoint(stream, before, to) {
      if ((checkpoints.get(stream) ?? null) !== before) return false;
      checkpoints.set(stream, to);
      return true;
    },
    close: async () => {},
  };
}
