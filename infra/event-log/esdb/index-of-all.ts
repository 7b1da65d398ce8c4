import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import type { EsdbClient } from './client.ts';
import type { EpochGuard } from './epoch.ts';
import { beginning, readOn } from './reading-on.ts';

/** What an event is among what is counted. */
export interface Counted {
  /** Of the commit that it belongs to. */
  readonly commit: string;
  /** Whether it ends it. */
  readonly last: boolean;
}

export interface Known {
  readonly sequence: number;
  readonly commit: string;
  /** Where it ends. */
  readonly stream: string;
  readonly revision: bigint;
}

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
  /** The commit with this sequence, or whose first event has this id, of the last {@link mostKnown} ones. */
  known(of: number | string): Known | undefined;
  /** Undefined where the event is not counted at all. */
  look(event: AllStreamRecordedEvent): Counted | undefined;
  /** Reads what was added since. Throws `log.history-changed` where what was read before is no longer there. */
  catchUp(): Promise<void>;
}

/** Commands that are known again: what other logs call the dedupe window. */
const mostKnown = 50_000;

export function indexOfAll(client: EsdbClient, guard: EpochGuard, look: IndexOfAll['look']): IndexOfAll {
  // As numbers they take 8 bytes each; bytes of a log are fewer than 2^53.
  const places: number[] = [];
  const recent = new Map<number | string, Known>();
  let bytes = 0;
  let mark = beginning;
  let firstId: string | undefined;
  let running: Promise<void> | undefined;
  let again: Promise<void> | undefined;

  function count(event: AllStreamRecordedEvent): void {
    const counted = look(event);
    if (!counted) return;
    bytes += sizeOf(event);
    firstId ??= event.id;
    if (!counted.last) return;
    places.push(Number(event.position.commit));
    const known = {
      sequence: places.length,
      commit: counted.commit,
      stream: event.streamId,
      revision: event.revision,
    };
    recent.set(firstId, known).set(known.sequence, known);
    firstId = undefined;
    if (recent.size <= 2 * mostKnown) return;
    for (const oldest of [...recent.keys().take(2)]) recent.delete(oldest);
  }

  async function read(): Promise<void> {
    const gone = () => guard.changed('EventStoreDB no longer holds what was read from it before.');
    for await (const { event, mark: next } of readOn(client, mark, gone)) {
      mark = next;
      count(event);
    }
    guard.proven();
  }

  return {
    look,
    get length() {
      return places.length;
    },
    get bytes() {
      return bytes;
    },
    placeOf(sequence) {
      const place = places[sequence - 1];
      return place === undefined ? undefined : BigInt(place);
    },
    sequenceAt(place) {
      const wanted = Number(place);
      let low = 0;
      let high = places.length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const found = places[middle] ?? 0;
        if (found === wanted) return middle + 1;
        if (found < wanted) low = middle + 1;
        else high = middle - 1;
      }
      return undefined;
    },
    known: (of) => recent.get(of),
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
