import type { StoredCommit } from '../../kernel/index.ts';
import { leafAt } from './leaf.ts';

/**
 * The leaves of commits as they pass through a reading that is made anyway, so that the notary need not read them
 * again. It keeps hashes, never bytes, and only of an unbroken run of each stream.
 */
export interface SeenLeaves {
  /** Told of each stored commit; what does not follow the one before it begins a new run. */
  see(stored: StoredCommit): void;
  /** The leaves of `from`..`to`, and forgets all up to `to`; undefined where not all of them were seen. */
  take(stream: number, from: number, to: number): Buffer[] | undefined;
}

interface Run {
  start: number;
  leaves: Buffer[];
}

/** Hashes kept a stream at most: 32 bytes each, and what a Buffer costs. A notary that is further behind reads. */
const mostLeaves = 50_000;

export function seenLeaves(most = mostLeaves): SeenLeaves {
  const runs = new Map<number, Run>();
  return {
    see(stored) {
      const { stream, sequence } = stored;
      const leaf = leafAt(sequence, stored);
      const run = runs.get(stream);
      if (!run || sequence !== run.start + run.leaves.length) {
        runs.set(stream, { start: sequence, leaves: [leaf] });
        return;
      }
      run.leaves.push(leaf);
      if (run.leaves.length > most) forget(run, run.leaves.length >> 1);
    },
    take(stream, from, to) {
      const run = runs.get(stream);
      if (!run || from < run.start || to >= run.start + run.leaves.length) return undefined;
      const taken = run.leaves.slice(from - run.start, to + 1 - run.start);
      forget(run, to + 1 - run.start);
      return taken;
    },
  };
}

function forget(run: Run, count: number): void {
  run.leaves = run.leaves.slice(count);
  run.start += count;
}
