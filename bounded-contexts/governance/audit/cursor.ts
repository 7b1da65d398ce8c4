import type { StoredCommit } from '../../kernel/index.ts';

/** The records of one stream, two of which can be looked at before one is taken. */
export interface Cursor {
  /** Makes the next two visible, where there are so many. */
  ready(): Promise<void> | undefined;
  readonly current: StoredCommit | undefined;
  readonly next: StoredCommit | undefined;
  skip(): void;
  close(): Promise<void>;
}

export function cursorOver(runs: AsyncIterable<readonly StoredCommit[]>): Cursor {
  const source = runs[Symbol.asyncIterator]();
  let held: StoredCommit[] = [];
  let at = 0;
  let ended = false;
  const fill = async () => {
    while (held.length - at < 2 && !ended) {
      const step = await source.next();
      if (step.done) ended = true;
      else {
        held = [...held.slice(at), ...step.value];
        at = 0;
      }
    }
  };
  return {
    // Awaited only where something must be read: a promise a record would cost more than its hash.
    ready: () => (held.length - at >= 2 || ended ? undefined : fill()),
    get current() {
      return held[at];
    },
    get next() {
      return held[at + 1];
    },
    skip() {
      at++;
    },
    async close() {
      await source.return?.();
    },
  };
}
