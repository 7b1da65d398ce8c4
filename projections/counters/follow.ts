import {
  type EventLog,
  type Position,
  parseSubject,
  type Recorded,
  type Subject,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';
import { ledgerSums } from '../ledger/fold.ts';
import type { CounterStore } from '../ports.ts';
import { eventItems } from '../runtime/source.ts';
import { changesOf } from './keys.ts';

/** Most commits that are counted in one step. */
const step = 500;

const sequence = (position: string | null): number =>
  position === null ? 0 : Number(position.slice(position.lastIndexOf('-') + 1));

/** The commits that follow one another from `head` on, and whether all that are newer than it do. */
export function chain(
  commits: readonly Recorded[],
  head: Position | null,
): { readonly counted: Recorded[]; readonly whole: boolean } {
  const counted: Recorded[] = [];
  let last = head;
  let whole = true;
  for (const recorded of commits) {
    if (recorded.sequence <= sequence(last)) continue;
    if ((recorded.commit.prev ?? null) === last) {
      counted.push(recorded);
      last = recorded.position;
    } else whole = false;
  }
  return { counted, whole };
}

/**
 * Counts a tenant's ledger commits. A ledger's commit names the one before it, so the tenant's stored position
 * says exactly what comes next: counters that came back older, or empty, are caught up from where they are, and
 * a commit that does not count (see the kernel's `foldCommit`) is passed over.
 */
export async function countTenant(
  log: EventLog,
  counters: CounterStore,
  tenant: string,
  commits: readonly Recorded[],
  heads: Map<string, Position | null>,
): Promise<void> {
  const last = commits[commits.length - 1];
  if (!last) return;
  let head = heads.has(tenant) ? (heads.get(tenant) as Position | null) : await counters.position(tenant);
  while (sequence(head) < last.sequence) {
    const { counted, whole } = chain(commits, head);
    // Something is missing between, or does not count: the log itself says which.
    const source = whole && counted.length > 0 ? fromList(counted) : log.read(last.subject, head);
    const moved = await count(counters, tenant, source, head, last.sequence);
    head = moved.head;
    if (moved.done) break;
  }
  heads.set(tenant, head);
}

async function* fromList(commits: readonly Recorded[]): AsyncGenerator<Recorded> {
  yield* commits;
}

/** Counts in steps up to `end`; `done` is false where the stored position was another one than `head`. */
async function count(
  counters: CounterStore,
  tenant: string,
  source: AsyncIterable<Recorded>,
  start: Position | null,
  end: number,
): Promise<{ head: Position | null; done: boolean }> {
  let head = start;
  let next: Recorded[] = [];
  const flush = async (): Promise<boolean> => {
    const last = next[next.length - 1];
    if (!last) return true;
    const sums = ledgerSums();
    for (const recorded of next) for (const item of eventItems(recorded)) sums.add(item);
    next = [];
    const stored = await counters.apply(tenant, head, last.position, changesOf(sums.pools(), sums.tiers()));
    head = stored;
    return stored === last.position;
  };
  let expected = head;
  for await (const recorded of source) {
    if (recorded.sequence > end) break;
    if ((recorded.commit.prev ?? null) !== expected) continue;
    next.push(recorded);
    expected = recorded.position;
    if (next.length >= step && !(await flush())) return { head, done: false };
  }
  const done = await flush();
  return { head, done };
}

/** All of a tenant's ledger up to `end` (null: its end), folded by itself: what the counters should say. */
export async function foldTenant(
  log: EventLog,
  tenant: string,
  end: Position | null,
): Promise<{ head: Position | null; changes: ReturnType<typeof changesOf> }> {
  const subject: Subject = subjectOf(tenant, 'ledger');
  const sums = ledgerSums();
  let head: Position | null = null;
  for await (const recorded of log.read(subject, null)) {
    if (end !== null && recorded.sequence > sequence(end)) break;
    if ((recorded.commit.prev ?? null) !== head) continue;
    for (const item of eventItems(recorded)) sums.add(item);
    head = recorded.position;
  }
  return { head, changes: changesOf(sums.pools(), sums.tiers()) };
}

export function byTenant(commits: readonly Recorded[]): Map<string, Recorded[]> {
  const tenants = new Map<string, Recorded[]>();
  for (const recorded of commits) {
    const { tenant } = parseSubject(recorded.subject);
    const own = tenants.get(tenant);
    if (own) own.push(recorded);
    else tenants.set(tenant, [recorded]);
  }
  return tenants;
}
