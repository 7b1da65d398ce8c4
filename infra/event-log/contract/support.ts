import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import {
  type Batch,
  type Commit,
  type CommittedEvent,
  type Decider,
  type EventLog,
  type Position,
  partitionOf,
  type Recorded,
  type Subject,
  type Subscription,
  subjectOf,
  uuidv7,
} from '../../../bounded-contexts/kernel/index.ts';
import type { DaybookEvent } from '../../../schemas/events/index.ts';
import type { ContractLog, Harness } from './harness.ts';

export const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A harness and a client for the tests of one group. */
export function withHarness(make: () => Promise<Harness>): {
  readonly harness: Harness;
  readonly log: ContractLog;
} {
  let harness: Harness | undefined;
  let log: ContractLog | undefined;
  beforeAll(async () => {
    harness = await make();
    log = await harness.open();
  });
  afterAll(async () => {
    await log?.close();
    await harness?.close();
  });
  return {
    get harness() {
      return harness as Harness;
    },
    get log() {
      return log as ContractLog;
    },
  };
}

/** Of this run: a log that outlives it, a live server's, holds what earlier runs left. */
export const runId = randomBytes(4).toString('hex');

/** A tenant of this run, in the partition of its namesake: so that streams are shared out alike in every run. */
function tenantLike(name: string): string {
  for (;;) {
    const tenant = `${name}${randomBytes(4).toString('hex')}`;
    if (partitionOf(tenant) === partitionOf(name)) return tenant;
  }
}
export const acme = tenantLike('acme');
export const umbrella = tenantLike('umbrella');

let counter = 0;
/** An aggregate that no other test uses. */
export const freshSubject = (tenant = acme): Subject => subjectOf(tenant, 'key', `k${runId}x${counter++}`);

export const happened = (key = 'k'): CommittedEvent => ({ type: 'key.revoked', data: { key } });

export const commitOf = (
  events: readonly CommittedEvent[] = [happened()],
  more: Partial<Commit> = {},
): Commit => ({
  id: uuidv7(),
  at: Date.now(),
  actor: 'test:contract',
  events,
  ...more,
});

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** Batches until `enough` holds for all commits so far and the last batch; throws after `ms`. */
export async function follow(
  subscription: Subscription,
  enough: (commits: readonly Recorded[], batch: Batch) => boolean,
  ms = 10_000,
): Promise<{ commits: Recorded[]; batches: Batch[] }> {
  const commits: Recorded[] = [];
  const batches: Batch[] = [];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void subscription.stop();
  }, ms);
  try {
    for await (const batch of subscription) {
      commits.push(...batch.commits);
      batches.push(batch);
      if (enough(commits, batch)) return { commits, batches };
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(late ? `after ${ms} ms only ${commits.length} commits came` : 'the subscription ended');
}

/** Tries until it does not throw; throws the last error after `ms`. */
export async function eventually<T>(attempt: () => Promise<T>, ms = 10_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await soon(50);
    }
  }
}

/** Waits until another client sees a commit with this id as the subject's last. */
export const seen = (log: EventLog, subject: Subject, id: string): Promise<Position> =>
  eventually(async () => {
    const last = await log.last(subject);
    if (last?.commit.id !== id) throw new Error('the commit is not stored');
    return last.position;
  });

export interface Tally {
  readonly total: number;
  readonly keys: readonly string[];
}

export interface Add {
  readonly key: string;
  /** Refuse to go beyond it: changes nothing. */
  readonly limit?: number;
}

/** A decider that counts: each command adds one. */
export const tally: Decider<Add, Tally, DaybookEvent<'key.revoked'>> = {
  initial: () => ({ total: 0, keys: [] }),
  decide: ({ key, limit = Number.POSITIVE_INFINITY }, { total }) =>
    total >= limit ? [] : [{ type: 'key.revoked', data: { key } }],
  evolve: ({ total, keys }, { data }) => ({ total: total + 1, keys: [...keys, data.key] }),
  knows: (event): event is DaybookEvent<'key.revoked'> => event.type === 'key.revoked',
};
