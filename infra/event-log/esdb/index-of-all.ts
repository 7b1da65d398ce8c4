import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import { DaybookError } from '../../../schemas/errors.ts';
import type { EsdbClient } from './client.ts';

/**
 * EventStoreDB numbers events by bytes of its own log; our positions count 1, 2, 3, …. So the n-th commit in the
 * order of `$all` has the sequence n: that order never changes, and is the same for everyone.
 */
export interface IndexOfAll {
  readonly length: number;
  readonly bytes: number;
  /** Where in `$all` the commit with this sequence has its last event. */
  placeOf(sequence: number): bigint | undefined;
  /** The sequence of the commit whose last event lies there. */
  sequenceAt(place: bigint): number | undefined;
  /** Whether the event ends what is counted; undefined where it is not counted at all. */
  isLast(event: AllStreamRecordedEvent): boolean | undefined;
  /** Reads what was added since. */
  catchUp(): Promise<void>;
}

export function indexOfAll(client: EsdbClient, isLast: IndexOfAll['isLast']): IndexOfAll {
  const places: bigint[] = [];
  let bytes = 0;
  /** The last event of all that was looked at. */
  let reached: bigint | null = null;
  let running: Promise<void> | undefined;
  let again: Promise<void> | undefined;

  async function read(): Promise<void> {
    let begun = reached === null;
    for await (const event of client.all(reached)) {
      const place = event.position.commit;
      if (!begun) {
        // Reading begins with the event that it had ended with, unless the log is another one, or lost its end.
        if (place !== reached) break;
        begun = true;
        continue;
      }
      reached = place;
      const last = isLast(event);
      if (last === undefined) continue;
      bytes += sizeOf(event);
      if (last) places.push(place);
    }
    if (!begun)
      throw new DaybookError(
        'log.history-changed',
        'EventStoreDB no longer holds what was read from it before.',
      );
  }

  return {
    isLast,
    get length() {
      return places.length;
    },
    get bytes() {
      return bytes;
    },
    placeOf: (sequence) => places[sequence - 1],
    sequenceAt(place) {
      let low = 0;
      let high = places.length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const found = places[middle] as bigint;
        if (found === place) return middle + 1;
        if (found < place) low = middle + 1;
        else high = middle - 1;
      }
      return undefined;
    },
    catchUp() {
      // Whoever asks while one reading is under way waits for the next: the first may be past its point already.
      if (running) {
        again ??= running
          .catch(() => {})
          .then(() => {
            again = undefined;
            return this.catchUp();
          });
        return again;
      }
      running = read().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

function sizeOf({ data, metadata }: AllStreamRecordedEvent): number {
  return data instanceof Uint8Array
    ? data.length
    : JSON.stringify(data).length + JSON.stringify(metadata ?? '').length;
}
