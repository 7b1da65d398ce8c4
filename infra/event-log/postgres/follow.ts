import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { pause } from '../subscription.ts';
import type { Heads, HeadWatcher } from './head.ts';

export interface Row {
  readonly sequence: number;
}

export interface Run<R extends Row> {
  readonly rows: readonly R[];
  readonly through: number;
  readonly caughtUp: boolean;
}

export interface Fetched<R extends Row> {
  readonly rows: readonly R[];
  readonly complete: boolean;
}

/** Rows of one batch together, in bytes; one row may be larger. */
export const maxBatchBytes = 8 * 1024 * 1024;

/** Limits a `select` of sequence and `body` by {@link maxBatchBytes}, without reading the bodies beyond. */
export const withinBytes = (select: string): string =>
  `select * from (select *, sum(octet_length(body)) over (order by sequence) - octet_length(body) as before
     from (${select}) as found) as summed where before < ${maxBatchBytes} order by sequence`;

export interface FollowOptions<R extends Row> {
  readonly watcher: HeadWatcher;
  readonly epoch: string;
  readonly after: number;
  readonly end: (heads: Heads) => number;
  /** At most `limit` rows in (from, to], in order; `complete` where there are no more. */
  readonly fetch: (from: number, to: number, limit: number) => Promise<Fetched<R>>;
  /** Throws `log.history-changed` where what follows `through` is no longer there. Called at each beginning. */
  readonly check: (through: number) => Promise<void>;
  readonly batch: number;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** Follows a table for ever, over restarts of Postgres. Throws only `log.history-changed`. */
export async function* follow<R extends Row>(options: FollowOptions<R>): AsyncGenerator<Run<R>> {
  const { watcher, epoch, end, fetch, check, batch, idleMs, signal } = options;
  let through = options.after;
  let told = false;
  let checked = false;
  while (!signal.aborted) {
    try {
      let heads = told
        ? await watcher.wait((now) => end(now) > through, idleMs, signal)
        : await watcher.look();
      // A notification names a sequence only; whether it is of this history, the row says.
      if (end(heads) < through) heads = await watcher.look();
      if (heads.epoch !== epoch) {
        throw new DaybookError('log.history-changed', `The log's epoch is ${heads.epoch}, not ${epoch}.`);
      }
      const head = end(heads);
      if (head < through) {
        throw new DaybookError('log.history-changed', `The log ends at ${head}, before ${through}.`);
      }
      if (!checked) {
        await check(through);
        checked = true;
      }
      if (head === through && told) continue;
      const { rows, complete } =
        head === through ? { rows: [], complete: true } : await fetch(through, head, batch);
      if (signal.aborted) return;
      through = complete ? head : (rows[rows.length - 1] as R).sequence;
      told = true;
      yield { rows, through, caughtUp: through === head };
    } catch (error) {
      if (isDaybookError(error, 'log.history-changed') || !isDaybookError(error)) throw error;
      checked = false;
      await pause(200, signal);
    }
  }
}
