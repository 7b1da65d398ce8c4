import type { Readable } from 'node:stream';
import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';
import { letGo } from './body.ts';
import { type SseEvent, sseReads } from './sse.ts';
import { chunksOf, type Wire, type WireAnswer } from './wire.ts';

/** A provider that has finished its answer has this long to tell its usage and to say so. */
const afterFinishMs = 1_000;

export interface EventReader<Item> {
  /** The answer is complete: what may follow is not waited for without end, and its failing does no harm. */
  readonly finished: () => boolean;
  /** Adds to `items` what an event means. False where nothing after it matters. May throw. */
  read(event: SseEvent, items: Item[]): boolean;
}

/**
 * What the events of a streamed answer mean, those of one read together; what came before an error in the same read is
 * given before it is thrown. Throws what `read` does, and the wire's own failures.
 */
export async function* eventStream<Item>(
  wire: Wire,
  { body }: WireAnswer,
  reader: EventReader<Item>,
): AsyncGenerator<readonly Item[]> {
  const reads = sseReads(chunksOf(body, reader.finished));
  try {
    for (let goesOn = true; goesOn; ) {
      const next = await (reader.finished() ? withinMs(reads, afterFinishMs) : reads.next());
      if (next === undefined || next.done) return;
      const items: Item[] = [];
      let failed: { readonly error: unknown } | undefined;
      try {
        goesOn = next.value.every((event) => reader.read(event, items));
      } catch (error) {
        failed = { error };
      }
      if (items.length > 0) yield items;
      if (failed) throw failed.error;
    }
  } catch (error) {
    // What it had to say, it had said.
    if (!reader.finished() || error instanceof ProviderFailure) throw wire.failure(error);
  } finally {
    stopReading(reads, body, reader.finished());
  }
}

/** The next read, or undefined where none comes in time. */
async function withinMs<Value>(
  reads: AsyncIterator<Value>,
  ms: number,
): Promise<IteratorResult<Value> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const next = reads.next();
  // Whatever becomes of it later is nobody's any more.
  next.catch(() => {});
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends the reading of a stream without waiting for it: where a read is under way that may never come to an end,
 * so would a generator's own `return`.
 */
function stopReading(reads: AsyncGenerator<unknown>, body: Readable, whole: boolean): void {
  reads.return(undefined).catch(() => {});
  if (whole) letGo(body);
  else body.on('error', () => {}).destroy();
}
