import { type Position, parsePosition, sequenceOf } from '../../bounded-contexts/kernel/index.ts';
import type { Session } from '../ports.ts';
import { applyBatch, isPoison, type Target } from './apply.ts';
import type { Definition, Item } from './projector.ts';
import type { ItemBatch, ItemSource } from './source.ts';

/** The part of a batch up to `end`. */
export function cut<I extends Item>(batch: ItemBatch<I>, end: Position): ItemBatch<I> {
  const limit = sequenceOf(end);
  if (sequenceOf(batch.through) <= limit) return batch;
  const items = batch.items.filter((item) => item.sequence <= limit);
  const last = items[items.length - 1];
  return {
    stream: batch.stream,
    items,
    through: end,
    caughtUp: false,
    last: last?.commitId ? { id: last.commitId, sequence: last.sequence, at: last.at } : undefined,
  };
}

const reached = (target: Target, ends: readonly Position[]): boolean =>
  ends.every((end) => {
    const at = target.positions.get(parsePosition(end).stream);
    return at !== undefined && sequenceOf(at) >= sequenceOf(end);
  });

export interface AdvanceOptions<I extends Item> {
  readonly session: Session;
  readonly projector: Definition<I>;
  readonly source: ItemSource<I>;
  readonly target: Target;
  /** Where to stop, by stream; other streams are left alone. */
  readonly ends: readonly Position[];
  readonly signal: AbortSignal;
  readonly onBatch?: (applied: number) => void;
}

/** Applies everything from the target's positions up to exactly `ends`, reading the next batch meanwhile. */
export async function advanceTo<I extends Item>(options: AdvanceOptions<I>): Promise<void> {
  const { session, projector, source, target, ends, signal, onBatch } = options;
  if (reached(target, ends)) return;
  const byStream = new Map(ends.map((end) => [parsePosition(end).stream, end]));
  const subscription = source.subscribe([...target.positions.values()], 2000);
  const abort = () => void subscription.stop();
  signal.addEventListener('abort', abort);
  // An abort that came before is heard by no listener.
  if (signal.aborted) abort();
  const batches = subscription[Symbol.asyncIterator]();
  try {
    let next = batches.next();
    while (!reached(target, ends)) {
      const { done, value } = await next;
      if (done) break;
      next = batches.next();
      next.catch(() => {});
      const end = byStream.get(value.stream);
      const at = target.positions.get(value.stream);
      if (!end || (at !== undefined && sequenceOf(at) >= sequenceOf(end))) continue;
      const part = cut(value, end);
      try {
        await applyBatch(session, projector, target, part);
      } catch (error) {
        if (!isPoison(error) || projector.money) throw error;
        await applyBatch(session, projector, target, part, true);
      }
      onBatch?.(part.items.length);
    }
  } finally {
    signal.removeEventListener('abort', abort);
    const stopped = subscription.stop();
    // A batch that was read ahead and is not wanted: only a return ends the iteration then.
    await batches.return?.(undefined);
    await stopped;
  }
  signal.throwIfAborted();
}
