import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import { DaybookError } from '../../../schemas/errors.ts';
import type { EsdbClient } from './client.ts';
import type { IndexOfAll } from './index-of-all.ts';

export interface RunsOptions<Item> {
  readonly client: EsdbClient;
  readonly index: IndexOfAll;
  /** Sequence after which reading begins. */
  readonly after: number;
  readonly idleMs: number;
  readonly most: number;
  readonly sameEpoch: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  /** What its events come to; undefined where it is passed over. */
  readonly read: (events: readonly AllStreamRecordedEvent[], sequence: number) => Item | undefined;
}

export interface Run<Item> {
  readonly items: readonly Item[];
  readonly through: number;
  readonly caughtUp: boolean;
}

const mostBytes = 8 * 1024 * 1024;

/**
 * What the index counts, in its order, from a sequence on, endlessly: reads to the end, waits, reads on. Each reading
 * begins with what the one before had ended with, so that another history is noticed.
 */
export async function* runsOfAll<Item extends { readonly bytes: number }>(
  options: RunsOptions<Item>,
): AsyncGenerator<Run<Item>> {
  const { client, index, after, idleMs, most, sameEpoch, wait, stopped, read } = options;
  await sameEpoch();
  if (after > index.length) await index.catchUp();
  if (after > index.length)
    throw new DaybookError('log.history-changed', `The log ends before ${after}: it lost its tail.`);
  let sequence = after;
  let place = after === 0 ? null : (index.placeOf(after) ?? null);
  let told = -1;
  let items: Item[] = [];
  let bytes = 0;
  const run = (caughtUp: boolean): Run<Item> => {
    const made = { items, through: sequence, caughtUp };
    items = [];
    bytes = 0;
    told = sequence;
    return made;
  };
  while (!stopped()) {
    let begun = place === null;
    let open: AllStreamRecordedEvent[] = [];
    for await (const event of client.all(place)) {
      if (stopped()) return;
      if (!begun) {
        if (event.position.commit !== place) break;
        begun = true;
        continue;
      }
      const last = index.isLast(event);
      if (last === undefined) continue;
      open.push(event);
      if (!last) continue;
      place = event.position.commit;
      const item = read(open, ++sequence);
      open = [];
      if (item) {
        items.push(item);
        bytes += item.bytes;
      }
      if (items.length >= most || bytes >= mostBytes || sequence - told >= 4_096) yield run(false);
    }
    if (!begun)
      throw new DaybookError(
        'log.history-changed',
        'EventStoreDB no longer holds what was read from it before.',
      );
    if (told !== sequence || items.length > 0) yield run(true);
    await wait(idleMs);
    if (!stopped()) await sameEpoch();
  }
}
