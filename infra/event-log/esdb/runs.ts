import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { pause } from '../subscription.ts';
import type { EsdbClient } from './client.ts';
import type { EpochGuard } from './epoch.ts';
import type { IndexOfAll } from './index-of-all.ts';

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
  /** Where in `$all` the last one lies that was read; undefined until it is known. */
  let place: bigint | null | undefined = after === 0 ? null : undefined;
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

  async function placeOfBeginning(): Promise<bigint> {
    await guard.prove();
    if (after > index.length) await index.catchUp();
    const found = index.placeOf(after);
    if (found === undefined)
      throw new DaybookError('log.history-changed', `The log ends before ${after}: it lost its tail.`);
    return found;
  }

  while (!signal.aborted) {
    try {
      place ??= after === 0 ? null : await placeOfBeginning();
      await guard.prove();
      let begun = place === null;
      let open: AllStreamRecordedEvent[] = [];
      for await (const event of client.all(place)) {
        if (signal.aborted) return;
        if (!begun) {
          if (event.position.commit !== place) break;
          begun = true;
          continue;
        }
        const counted = index.look(event);
        if (counted) {
          open.push(event);
          if (counted.last) {
            place = event.position.commit;
            const item = read(open, ++sequence);
            open = [];
            if (item) {
              items.push(item);
              bytes += item.bytes;
            }
          }
        }
        const enough = items.length >= most || bytes >= mostBytes || sequence - told >= 4_096;
        if (enough || performance.now() - toldAt > tellMs) yield run(false);
      }
      if (!begun) throw guard.changed('EventStoreDB no longer holds what was read from it before.');
      if (told !== sequence || items.length > 0) yield run(true);
      await pause(idleMs, signal);
    } catch (error) {
      if (!isDaybookError(error) || error.code === 'log.history-changed') throw error;
      await pause(200, signal);
    }
  }
}
