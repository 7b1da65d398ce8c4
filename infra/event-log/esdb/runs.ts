import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { pause } from '../subscription.ts';
import type { EsdbClient } from './client.ts';
import type { EpochGuard } from './epoch.ts';
import type { IndexOfAll } from './index-of-all.ts';
import { beginning, type Mark, markAt, readOn } from './reading-on.ts';

export interface RunsOptions<Item> {
  readonly client: EsdbClient;
  readonly index: IndexOfAll;
  /** Sequence after which reading begins. */
  readonly after: number;
  readonly idleMs: number;
  readonly most: number;
  readonly guard: EpochGuard;
  readonly signal: AbortSignal;
  /** What its events come to; undefined where it is passed over. */
  readonly read: (events: readonly AllStreamRecordedEvent[], sequence: number) => Item | undefined;
}

export interface Run<Item> {
  readonly items: readonly Item[];
  readonly through: number;
  readonly caughtUp: boolean;
}

const mostBytes = 8 * 1024 * 1024;
/** Of a long reading something is said so often, also where nothing of it is wanted. */
const tellMs = 100;

/**
 * What the index counts, in its order, from a sequence on, endlessly: reads to the end, waits, reads on, over restarts
 * of the server and losses of the connection. Each reading begins with what the one before had ended with, so that
 * another history is noticed. Throws only `log.history-changed`.
 */
export async function* runsOfAll<Item extends { readonly bytes: number }>(
  options: RunsOptions<Item>,
): AsyncGenerator<Run<Item>> {
  const { client, index, after, idleMs, most, guard, signal, read } = options;
  let sequence = after;
  /** After the last one that was read; undefined until it is known. */
  let mark: Mark | undefined;
  let told = -1;
  let toldAt = performance.now();
  let items: Item[] = [];
  let bytes = 0;
  const run = (caughtUp: boolean): Run<Item> => {
    const made = { items, through: sequence, caughtUp };
    items = [];
    bytes = 0;
    told = sequence;
    toldAt = performance.now();
    return made;
  };

  async function markOfBeginning(): Promise<Mark> {
    await guard.prove();
    if (after === 0) return beginning;
    if (after > index.length) await index.catchUp();
    const place = index.placeOf(after);
    if (place !== undefined)
      for await (const event of client.all(place, 1))
        if (event.position.commit === place) return markAt(event, beginning);
    throw new DaybookError('log.history-changed', `The log ends before ${after}: it lost its tail.`);
  }

  const gone = () => guard.changed('EventStoreDB no longer holds what was read from it before.');
  while (!signal.aborted) {
    try {
      mark ??= await markOfBeginning();
      let open: AllStreamRecordedEvent[] = [];
      for await (const { event, mark: next } of readOn(client, mark, gone)) {
        if (signal.aborted) return;
        const counted = index.look(event);
        if (counted) open.push(event);
        if (counted?.last) {
          const item = read(open, ++sequence);
          open = [];
          if (item) {
            items.push(item);
            bytes += item.bytes;
          }
        }
        // A reading that breaks off within a commit is begun again before it.
        if (open.length === 0) mark = next;
        const enough = items.length >= most || bytes >= mostBytes || sequence - told >= 4_096;
        if (enough || performance.now() - toldAt > tellMs) yield run(false);
      }
      if (told !== sequence || items.length > 0) yield run(true);
      await pause(idleMs, signal);
    } catch (error) {
      if (!isDaybookError(error) || error.code === 'log.history-changed') throw error;
      await pause(200, signal);
    }
  }
}
