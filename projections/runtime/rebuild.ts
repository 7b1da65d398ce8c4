import { type Position, sequenceOf } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { ReadStore, Session } from '../ports.ts';
import { advanceTo } from './advance.ts';
import { completeGeneration, type Target } from './apply.ts';
import { type Checkpoint, readCheckpoints } from './checkpoint.ts';
import { compareGenerations, type TableDifference } from './compare.ts';
import {
  createGeneration,
  dropGeneration,
  type Generation,
  generationsOf,
  liveGeneration,
  switchTo,
} from './generations.ts';
import type { Definition, Item } from './projector.ts';
import type { ItemSource } from './source.ts';

export interface Progress {
  readonly phase: 'filling' | 'indexing' | 'comparing' | 'switching';
  /** Positions of the log. */
  readonly done: number;
  readonly total: number;
  /** Events applied per second so far, and seconds that are left at this rate. */
  readonly rate: number;
  readonly etaSeconds: number;
}

export interface RebuildOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface RebuildResult {
  readonly projection: string;
  readonly generation: number;
  readonly events: number;
  readonly seconds: number;
  /** Seconds of reading and applying the log, and of indexes and derived tables. */
  readonly timings: { readonly filling: number; readonly indexing: number };
  /** Null where there was nothing to compare with: another version, or another history of the log. */
  readonly differences: readonly TableDifference[] | null;
  /** False for `diff`, which only compares. */
  readonly switched: boolean;
}

export interface RebuildDeps<I extends Item> {
  readonly store: ReadStore;
  readonly projector: Definition<I>;
  readonly source: ItemSource<I>;
}

/**
 * Builds a generation from zero beside the live one, compares both at one position, and (for a rebuild) points
 * the views to the new one. Queries and the live projector go on meanwhile: the live checkpoint is held for
 * the last few commits only. Throws `command.conflict` where the same projection is being rebuilt.
 */
export async function rebuild<I extends Item>(
  deps: RebuildDeps<I>,
  purpose: 'switch' | 'compare',
  options: RebuildOptions = {},
): Promise<RebuildResult> {
  const session = await deps.store.session();
  try {
    const { rows } = await session.query<{ won: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('daybook rebuild ' || $1, 0)) as won`,
      [deps.projector.name],
    );
    if (!rows[0]?.won) {
      throw new DaybookError('command.conflict', `${deps.projector.name} is being rebuilt already.`);
    }
    return await build(deps, session, purpose, options);
  } finally {
    await session.end();
  }
}

async function build<I extends Item>(
  { store, projector, source }: RebuildDeps<I>,
  session: Session,
  purpose: 'switch' | 'compare',
  { onProgress, signal = new AbortController().signal }: RebuildOptions,
): Promise<RebuildResult> {
  const began = performance.now();
  const live = await liveGeneration(session, projector.name);
  if (!live) throw new DaybookError('resource.not-found', `${projector.name} was never started.`);
  const target = await session.transaction(async () => {
    // Of a rebuild before this one: what it replaced, or what it left when it was killed.
    for (const { generation, state } of await generationsOf(session, projector.name)) {
      if (state === 'live' || (state === 'old' && purpose === 'compare')) continue;
      await dropGeneration(session, projector, generation);
    }
    return newTarget(
      await createGeneration(session, projector, purpose === 'switch' ? 'filling' : 'scratch'),
    );
  });

  let events = 0;
  const liveAt = async (): Promise<Checkpoint[]> => readCheckpoints(session, projector.name, live.generation);
  const comparable =
    live.complete && live.version === projector.version && (await sameHistory(source, await liveAt()));
  const endsNow = async (): Promise<readonly Position[]> =>
    comparable ? (await liveAt()).map(({ position }) => position) : source.ends();
  const tell = (phase: Progress['phase'], ends: readonly Position[]) => {
    if (!onProgress) return;
    const total = ends.reduce((sum, end) => sum + sequenceOf(end), 0);
    const done = [...target.positions.values()].reduce((sum, at) => sum + sequenceOf(at), 0);
    const seconds = (performance.now() - began) / 1000;
    const etaSeconds = done === 0 ? 0 : (Math.max(0, total - done) * seconds) / done;
    onProgress({ phase, done, total, rate: seconds === 0 ? 0 : events / seconds, etaSeconds });
  };
  const advance = (ends: readonly Position[]): Promise<void> =>
    advanceTo({
      session,
      projector,
      source,
      target,
      ends,
      signal,
      onBatch: (applied) => {
        events += applied;
        tell('filling', ends);
      },
    });

  try {
    const first = await endsNow();
    tell('filling', first);
    const startedFilling = performance.now();
    await advance(first);
    tell('indexing', first);
    const startedIndexing = performance.now();
    await completeGeneration(session, projector, target);
    const timings = {
      filling: (startedIndexing - startedFilling) / 1000,
      indexing: (performance.now() - startedIndexing) / 1000,
    };
    // What came meanwhile; a second round for what came during the first.
    await advance(await endsNow());
    await advance(await endsNow());

    let differences: TableDifference[] | null = null;
    if (comparable) {
      tell('comparing', await endsNow());
      differences = await comparison({ store, projector }, live.generation, target.generation, advance);
    }
    if (purpose === 'switch') {
      await advance(await endsNow());
      tell('switching', await endsNow());
      const holder = await store.session();
      try {
        await holder.transaction(async () => {
          const held = await readCheckpoints(holder, projector.name, live.generation, 'for update');
          if (comparable) await advance(held.map(({ position }) => position));
          await switchTo(holder, projector, target.generation);
        });
      } finally {
        await holder.end();
      }
    }
    return {
      projection: projector.name,
      generation: target.generation,
      events,
      seconds: (performance.now() - began) / 1000,
      timings,
      differences,
      switched: purpose === 'switch',
    };
  } finally {
    const state = (await generationsOf(session, projector.name).catch(() => [])).find(
      ({ generation }) => generation === target.generation,
    )?.state;
    if (state === 'scratch' || state === 'filling') {
      await session
        .transaction(() => dropGeneration(session, projector, target.generation))
        // The next rebuild drops it.
        .catch(() => {});
    }
  }
}

/**
 * Holds the live checkpoint only until the rebuilt generation stands at the same position and a snapshot of
 * both is taken; the comparison itself runs in that snapshot, while the live projector goes on.
 */
async function comparison<I extends Item>(
  { store, projector }: { store: ReadStore; projector: Definition<I> },
  live: number,
  rebuilt: number,
  advance: (ends: readonly Position[]) => Promise<void>,
): Promise<TableDifference[]> {
  const holder = await store.session();
  const reader = await store.session();
  try {
    return await reader.transaction(async () => {
      await reader.query('set transaction isolation level repeatable read');
      await holder.transaction(async () => {
        const held = await readCheckpoints(holder, projector.name, live, 'for update');
        await advance(held.map(({ position }) => position));
        await reader.query('select 1');
      });
      return compareGenerations(reader, projector, live, rebuilt);
    });
  } finally {
    await holder.end();
    await reader.end();
  }
}

const newTarget = ({ generation, complete }: Generation): Target => ({
  generation,
  bulk: !complete,
  blocked: new Set(),
  positions: new Map(),
});

async function sameHistory<I extends Item>(
  source: ItemSource<I>,
  checkpoints: readonly Checkpoint[],
): Promise<boolean> {
  try {
    await source.verify(checkpoints);
    return true;
  } catch (error) {
    if (isDaybookError(error, 'log.history-changed')) return false;
    throw error;
  }
}

/** Goes back to the generation that was live before the last rebuild; it catches up by itself. */
export async function rollBack<I extends Item>(store: ReadStore, projector: Definition<I>): Promise<number> {
  const session = await store.session();
  try {
    return await session.transaction(async () => {
      const old = (await generationsOf(session, projector.name)).findLast(({ state }) => state === 'old');
      if (!old || old.version !== projector.version) {
        throw new DaybookError('resource.not-found', `${projector.name} has no generation to go back to.`);
      }
      await readCheckpoints(session, projector.name, old.generation, 'for update');
      await switchTo(session, projector, old.generation);
      return old.generation;
    });
  } finally {
    await session.end();
  }
}
