import { type Position, parsePosition, sequenceOf } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { ReadStore, Session } from '../ports.ts';
import { advanceTo } from './advance.ts';
import { applyBatch, completeGeneration, isPoison, readBlocked, type Target } from './apply.ts';
import { CheckpointMoved, moveCheckpoint, readCheckpoints } from './checkpoint.ts';
import { createGeneration, type Generation, liveGeneration, switchTo } from './generations.ts';
import type { IdleMoves } from './idle.ts';
import { gather, pause } from './pause.ts';
import type { Definition, Item } from './projector.ts';
import type { ItemSource } from './source.ts';

/** What a runner knows of itself; made into a line of GET /projections by the status writer. */
export interface Report {
  readonly name: string;
  /** False while another process leads: then that one reports. */
  leading: boolean;
  stopped: boolean;
  rebuilding: boolean;
  error: string | null;
  generation: number | null;
  positions: readonly Position[];
  /** Time of the last commit that was applied, and of the last moment at which nothing was left to apply. */
  lastAt: number;
  caughtUpAt: number;
}

export interface Runner {
  readonly report: Report;
  stop(): Promise<void>;
}

export const newReport = (name: string): Report => ({
  name,
  leading: false,
  stopped: false,
  rebuilding: false,
  error: null,
  generation: null,
  positions: [],
  lastAt: 0,
  caughtUpAt: 0,
});

/** Waits until this process is the one that leads the projector; the connection holds the lock. */
export async function takeLead(session: Session, projector: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await session.query<{ won: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('daybook projector ' || $1, 0)) as won`,
      [projector],
    );
    if (rows[0]?.won) return;
    await pause(500, signal);
  }
}

export interface RunnerOptions<I extends Item> {
  readonly store: ReadStore;
  readonly projector: Definition<I>;
  readonly source: ItemSource<I>;
  /** Builds a generation of the present version beside one of an older, and switches to it. */
  readonly upgrade: (signal: AbortSignal) => Promise<void>;
  /** Shared by the projectors of a process. */
  readonly idle: IdleMoves;
  readonly onError: (error: unknown) => void;
}

/** How often an idle checkpoint is written at most. */
const idleMs = 250;
/** Tries of a batch that fails by its own fault, before it is taken apart. */
const tries = 3;
const longestPauseMs = 5000;

/**
 * Keeps one projector up to date, for ever: leads it if no other process does, and begins again from the
 * stored checkpoint after whatever went wrong.
 */
export function run<I extends Item>(options: RunnerOptions<I>): Runner {
  const { store, projector, source, upgrade, idle: others, onError } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const report = newReport(projector.name);
  /** The position after which a batch failed by its own fault, and how often. */
  let poison = { at: '', count: 0 };

  async function live(session: Session): Promise<Generation> {
    return session.transaction(async () => {
      const found = await liveGeneration(session, projector.name);
      if (found) return found;
      const made = await createGeneration(session, projector, 'filling');
      await switchTo(session, projector, made.generation);
      return { ...made, state: 'live' };
    });
  }

  async function follow(session: Session): Promise<void> {
    const generation = await live(session);
    report.generation = generation.generation;
    if (generation.version !== projector.version) {
      report.rebuilding = true;
      await upgrade(signal);
      return;
    }
    const checkpoints = await readCheckpoints(session, projector.name, generation.generation);
    report.positions = checkpoints.map(({ position }) => position);
    await source.verify(checkpoints);
    const target: Target = {
      generation: generation.generation,
      bulk: !generation.complete,
      blocked: await readBlocked(session, projector.name, generation.generation),
      positions: new Map(checkpoints.map(({ stream, position }) => [stream, position])),
    };
    const progress = () => {
      report.positions = [...target.positions.values()];
    };
    if (target.bulk) {
      report.rebuilding = true;
      const ends = await source.ends();
      await advanceTo({ session, projector, source, target, ends, signal, onBatch: progress });
      await completeGeneration(session, projector, target);
      report.rebuilding = false;
    }
    progress();
    await applyForEver(session, target, progress);
  }

  async function applyForEver(session: Session, target: Target, progress: () => void): Promise<void> {
    const subscription = source.subscribe([...target.positions.values()], 1000);
    const abort = () => void subscription.stop();
    signal.addEventListener('abort', abort);
    // An abort that came before is heard by no listener.
    if (signal.aborted) abort();
    let failure: unknown;
    let timer: NodeJS.Timeout | undefined;
    let idle: { stream: number; through: Position } | undefined;
    let movedAt = 0;
    let busy: Promise<void> = Promise.resolve();
    // Batches and the timer share one connection, one after the other.
    const exclusive = (fn: () => Promise<void>): Promise<void> => {
      busy = busy.then(fn);
      return busy;
    };
    const moveIdle = async () => {
      timer = undefined;
      const to = idle;
      idle = undefined;
      const before = to && target.positions.get(to.stream);
      if (!to || (before !== undefined && sequenceOf(before) >= sequenceOf(to.through))) return;
      const { name } = projector;
      const moved = before !== undefined && (await others.move(name, target.generation, before, to.through));
      if (!moved) await moveCheckpoint(session, name, target.generation, before, to.through, undefined);
      target.positions.set(to.stream, to.through);
      movedAt = performance.now();
      progress();
    };
    try {
      for await (const batch of subscription) {
        if (failure !== undefined) throw failure;
        if (parsePosition(batch.through).epoch !== epochOf(target, batch.through)) {
          throw new DaybookError('log.history-changed');
        }
        if (batch.items.length === 0) {
          // Others' commits: the position has to move on for `?after=`, but not for each of them.
          if (idle && idle.stream !== batch.stream) await exclusive(moveIdle);
          idle = { stream: batch.stream, through: batch.through };
          const now = performance.now();
          if (now - movedAt >= idleMs) await exclusive(moveIdle);
          else {
            // At the same moments for all projectors of the process: their checkpoints move together.
            timer ??= setTimeout(
              () => {
                exclusive(moveIdle).catch((error) => {
                  failure = error;
                  abort();
                });
              },
              idleMs - (now % idleMs),
            );
          }
        } else {
          // What follows this position may come in other batches, but the event at fault stays the first.
          const from = target.positions.get(batch.stream) ?? 'start';
          const careful = !projector.money && poison.at === from && poison.count >= tries;
          await exclusive(async () => {
            try {
              await applyBatch(session, projector, target, batch, careful);
              movedAt = performance.now();
            } catch (error) {
              if (isPoison(error)) {
                poison = { at: from, count: poison.at === from ? poison.count + 1 : 1 };
              }
              throw error;
            }
          });
          report.lastAt = batch.last?.at ?? Date.now();
          progress();
          await gather(batch.items.length, batch.caughtUp, signal);
        }
        if (batch.caughtUp) report.caughtUpAt = Date.now();
        report.error = null;
        report.stopped = false;
      }
      if (failure !== undefined) throw failure;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      await busy.catch(() => {});
      await subscription.stop();
    }
  }

  async function forever(): Promise<void> {
    let wait = 50;
    let lastGone: number | null = null;
    while (!signal.aborted) {
      const began = performance.now();
      let session: Session | undefined;
      try {
        session = await store.session();
        await takeLead(session, projector.name, signal);
        report.leading = !signal.aborted;
        if (!signal.aborted) await follow(session);
      } catch (error) {
        // Rebuilt and switched while a batch was under way: what it was for is gone, and what is live is read anew.
        // The same one twice is a table that is really missing.
        const replaced = isGone(error) && report.generation !== lastGone;
        if (replaced) lastGone = report.generation;
        if (!signal.aborted && !replaced && !(error instanceof CheckpointMoved)) {
          report.error = isDaybookError(error) ? `${error.code}: ${error.message}` : String(error);
          // What the same batch will meet again: a log that changed, a broken table, money that does not fit.
          const again = isPoison(error) ? poison.count >= tries && projector.money : !isTransient(error);
          if (again) report.stopped = true;
          onError(error);
          if (performance.now() - began > 30_000) wait = 50;
          // A batch that may be poison is tried again soon: behind it others wait.
          const retry = isPoison(error) && !report.stopped;
          await pause(retry ? 50 : wait, signal);
          if (!retry) wait = Math.min(wait * 2, longestPauseMs);
        }
      } finally {
        report.leading = report.leading && report.stopped;
        report.rebuilding = false;
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

/** The epoch that the stored positions are of; where there are none, that of the batch. */
function epochOf(target: Target, through: Position): string {
  const first = target.positions.values().next().value;
  return parsePosition(first ?? through).epoch;
}

/** A table that is not there (any more). */
const isGone = (error: unknown): boolean => {
  const cause = isDaybookError(error) ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === '42P01';
};

const isTransient = (error: unknown): boolean => {
  if (isDaybookError(error)) return error.code !== 'log.history-changed';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Serialisation, deadlock, lock not available, cancelled, resources.
  return /^(40|55|57|53)/.test(code);
};
