import { type EventLog, facts, type Position, type Recorded } from '../../bounded-contexts/kernel/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import type { CounterStore, ReadStore, Session } from '../ports.ts';
import type { Checkpoint } from '../runtime/checkpoint.ts';
import { gather, pause } from '../runtime/pause.ts';
import { newReport, type Runner, takeLead } from '../runtime/runner.ts';
import { eventSource } from '../runtime/source.ts';
import { byTenant, countTenant } from './follow.ts';

export const countersName = 'counters';
export const ledgerFilter = facts('ledger');

/** The counters' checkpoint of one stream as text: a position, and the last commit before it. */
interface Stored {
  readonly at: Position;
  readonly id?: string;
  readonly last?: Position;
  readonly time?: number;
}

const parse = (text: string): Stored => JSON.parse(text) as Stored;

function checkpointOf(stream: number, text: string): Checkpoint {
  const { at, id, last, time = 0 } = parse(text);
  return {
    stream,
    position: at,
    lastCommit: id !== undefined && last !== undefined ? { id, position: last, at: time } : undefined,
  };
}

export interface CountersOptions {
  readonly log: EventLog;
  readonly counters: CounterStore;
  /** Where the lock lies by which one process leads shared counters. */
  readonly store: ReadStore;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the counters up to date, for ever. Each tenant's position guards its own counters; the checkpoint of
 * all is compared with each batch, so that a store that came back older or empty is noticed within a moment
 * even where nobody spends, and followed from where it is.
 */
export function runCounters({ log, counters, store, onError }: CountersOptions): Runner {
  const controller = new AbortController();
  const { signal } = controller;
  const report = newReport(countersName);
  const source = eventSource(log, { filter: ledgerFilter });

  async function follow(): Promise<void> {
    const stored = new Map(await counters.checkpoints());
    const checkpoints = [...stored].map(([stream, text]) => checkpointOf(stream, text));
    report.positions = checkpoints.map((checkpoint) => checkpoint.position);
    await source.verify(checkpoints);
    const heads = new Map<string, Position | null>();
    const subscription = log.subscribe(ledgerFilter, report.positions, { maxCommits: 1000 });
    const abort = () => void subscription.stop();
    signal.addEventListener('abort', abort);
    // An abort that came before is heard by no listener.
    if (signal.aborted) abort();
    try {
      for await (const { stream, commits, through, caughtUp } of subscription) {
        await Promise.all(
          [...byTenant(commits)].map(([tenant, own]) => countTenant(log, counters, tenant, own, heads)),
        );
        const before = stored.get(stream) ?? null;
        const last = commits[commits.length - 1];
        const kept = before === null ? {} : parse(before);
        const next: Stored = {
          ...kept,
          ...(last ? { id: last.commit.id, last: last.position, time: last.commit.at } : {}),
          at: through,
        };
        const text = JSON.stringify(next);
        // Another process, or a store that lost its memory: begin again from what it knows.
        if (!(await counters.moveCheckpoint(stream, before, text))) return;
        stored.set(stream, text);
        report.positions = [...stored.values()].map((each) => parse(each).at);
        if (last) report.lastAt = last.commit.at;
        if (caughtUp) report.caughtUpAt = Date.now();
        report.error = null;
        report.stopped = false;
        await gather(eventsIn(commits), caughtUp, signal);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      await subscription.stop();
    }
  }

  async function forever(): Promise<void> {
    for (let wait = 50; !signal.aborted; ) {
      let session: Session | undefined;
      const began = performance.now();
      try {
        if (counters.shared) {
          session = await store.session();
          await takeLead(session, countersName, signal);
        }
        report.leading = !signal.aborted;
        if (!signal.aborted) await follow();
        await pause(20, signal);
      } catch (error) {
        if (!signal.aborted) {
          report.error = isDaybookError(error) ? `${error.code}: ${error.message}` : String(error);
          report.stopped = isDaybookError(error, 'log.history-changed');
          onError(error);
          wait = performance.now() - began > 30_000 ? 50 : Math.min(wait * 2, 5000);
          await pause(wait, signal);
        }
      } finally {
        await session?.end();
      }
    }
  }

  const done = forever();
  return {
    report,
    async stop() {
      controller.abort();
      await done;
    },
  };
}

const eventsIn = (commits: readonly Recorded[]): number =>
  commits.reduce((sum, { commit }) => sum + commit.events.length, 0);
