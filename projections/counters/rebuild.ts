import {
  type EventLog,
  parsePosition,
  parseSubject,
  sequenceOf,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { CounterStore, CounterValues } from '../ports.ts';
import type { TableDifference } from '../runtime/compare.ts';
import type { RebuildOptions, RebuildResult } from '../runtime/rebuild.ts';
import { foldTenant } from './follow.ts';
import type { changesOf } from './keys.ts';
import { countersName, ledgerFilter } from './run.ts';

/** Tenants that have a ledger, and how many of its commits there are. */
async function ledgers(log: EventLog): Promise<Map<string, number>> {
  const { streams } = await log.info();
  const ends = new Map(
    streams.flatMap(({ stream, last }) => (last ? [[stream, sequenceOf(last)] as const] : [])),
  );
  const tenants = new Map<string, number>();
  if (ends.size === 0) return tenants;
  const subscription = log.subscribe(ledgerFilter, [], { maxCommits: 2000 });
  for await (const { stream, commits, through } of subscription) {
    for (const { subject } of commits) {
      const { tenant } = parseSubject(subject);
      tenants.set(tenant, (tenants.get(tenant) ?? 0) + 1);
    }
    if (parsePosition(through).sequence >= (ends.get(stream) ?? 0)) ends.delete(stream);
    if (ends.size === 0) break;
  }
  await subscription.stop();
  return tenants;
}

/** Tries until the live counters stand still for the moment that it takes. */
const tries = 50;

/**
 * Counts each ledger from zero and puts the result in the place of the tenant's counters, in one step each, so
 * that nobody sees them half made; or (`compare`) only says where they differ.
 */
export async function rebuildCounters(
  log: EventLog,
  counters: CounterStore,
  purpose: 'switch' | 'compare',
  { onProgress, signal }: RebuildOptions = {},
): Promise<RebuildResult> {
  const began = performance.now();
  const tenants = await ledgers(log);
  const total = [...tenants.values()].reduce((sum, commits) => sum + commits, 0);
  const differences: TableDifference[] = [];
  let done = 0;
  for (const [tenant, commits] of tenants) {
    signal?.throwIfAborted();
    const difference =
      purpose === 'switch'
        ? await replaceTenant(log, counters, tenant)
        : await compareTenant(log, counters, tenant);
    if (difference) differences.push(difference);
    done += commits;
    const seconds = (performance.now() - began) / 1000;
    onProgress?.({
      phase: purpose === 'switch' ? 'filling' : 'comparing',
      done,
      total,
      rate: done / seconds,
      etaSeconds: ((total - done) * seconds) / done,
    });
  }
  return {
    projection: countersName,
    generation: 0,
    events: done,
    seconds: (performance.now() - began) / 1000,
    timings: { filling: (performance.now() - began) / 1000, indexing: 0 },
    differences,
    switched: purpose === 'switch',
  };
}

async function replaceTenant(
  log: EventLog,
  counters: CounterStore,
  tenant: string,
): Promise<TableDifference | undefined> {
  for (let i = 0; i < tries; i++) {
    const stored = await counters.position(tenant);
    const live = await counters.read(tenant);
    const { head, changes } = await foldTenant(log, tenant, null);
    if (head === null) return undefined;
    // What the log says up to where the live counters were, against what they said.
    const same = stored === head ? differenceOf(tenant, live, changes) : undefined;
    if (await counters.replace(tenant, stored, head, changes)) return same;
  }
  throw new DaybookError('command.conflict', `The ledger of ${tenant} never stood still; repeat.`);
}

async function compareTenant(
  log: EventLog,
  counters: CounterStore,
  tenant: string,
): Promise<TableDifference | undefined> {
  for (let i = 0; i < tries; i++) {
    const stored = await counters.position(tenant);
    const live = await counters.read(tenant);
    if ((await counters.position(tenant)) !== stored) continue;
    if (stored === null) return differenceOf(tenant, live, (await foldTenant(log, tenant, null)).changes);
    const { changes } = await foldTenant(log, tenant, stored);
    return differenceOf(tenant, live, changes);
  }
  throw new DaybookError('command.conflict', `The counters of ${tenant} never stood still; repeat.`);
}

const nameOf = (key: string, field: string | null): string => (field === null ? key : `${key} ${field}`);

function differenceOf(
  tenant: string,
  live: CounterValues,
  changes: ReturnType<typeof changesOf>,
): TableDifference | undefined {
  const now = Date.now() / 1000;
  const rebuilt = new Map<string, bigint>();
  for (const { key, field, by, expireAt } of changes) {
    if (expireAt === null || expireAt > now + 1) rebuilt.set(nameOf(key, field), by);
  }
  // A counter that came back to zero is the same as one that never was.
  const rows = (of: CounterValues, other: CounterValues) =>
    [...of]
      .filter(([name, value]) => value !== 0n && other.get(name) !== value)
      .map(([counter, value]) => ({ counter, value: value.toString() }));
  const onlyLive = rows(live, rebuilt);
  const onlyRebuilt = rows(rebuilt, live);
  if (onlyLive.length + onlyRebuilt.length === 0) return undefined;
  return {
    table: `counters of ${tenant}`,
    liveRows: live.size,
    rebuiltRows: rebuilt.size,
    onlyLive: onlyLive.slice(0, 20),
    onlyRebuilt: onlyRebuilt.slice(0, 20),
  };
}
