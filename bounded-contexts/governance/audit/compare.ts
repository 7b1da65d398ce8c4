import type { StoredCommit } from '../../kernel/index.ts';
import type { Cursor } from './cursor.ts';
import type { Differences } from './differences.ts';
import { leafAt } from './leaf.ts';

/** How far a stream was compared. */
export interface Comparison {
  readonly cursor: Cursor;
  readonly differences: Differences;
  /** By how much sequences are off: where something was removed or inserted and the rest counted anew. */
  offset: number;
  /** The stream ended before its sealed end; said once. */
  ended: boolean;
}

export interface SealedRange {
  readonly from: number;
  readonly leaves: readonly Uint8Array[];
  /** The first leaf of the range that follows, where there is one. */
  readonly following: Uint8Array | undefined;
}

/**
 * Compares what lies on the log with what was sealed, commit by commit. Where they differ, one commit of either
 * side is looked at ahead: that tells a commit that was removed or inserted from one that was changed.
 */
export async function compareRange(with_: Comparison, range: SealedRange): Promise<void> {
  const { cursor, differences } = with_;
  const { from, leaves } = range;
  const end = from + leaves.length;
  const leafOf = (sequence: number) => (sequence === end ? range.following : leaves[sequence - from]);
  const same = (sequence: number, record: StoredCommit | undefined): boolean => {
    const leaf = leafOf(sequence);
    return record !== undefined && leaf !== undefined && leafAt(sequence, record).equals(leaf);
  };

  for (let sequence = from; sequence < end; ) {
    await cursor.ready();
    const { current, next } = cursor;
    if (!current) {
      const reason = `the log ends before ${sequence}, and was sealed up to ${end - 1} at least`;
      if (!with_.ended) differences.tell('truncated', sequence, reason);
      with_.ended = true;
      return;
    }
    const place = sequence + with_.offset;
    const leaf = leafOf(sequence);
    if (same(sequence, current)) {
      if (current.sequence !== place) {
        differences.tell('reordered', sequence, `commit ${sequence} lies at ${current.sequence}`);
        with_.offset = current.sequence - sequence;
      }
      cursor.skip();
      sequence++;
    } else if (current.sequence > place) {
      differences.add({ kind: 'removed', sequence, leaf });
      sequence++;
    } else if (current.sequence < place) {
      differences.add({ kind: 'inserted', sequence: current.sequence, record: current });
      cursor.skip();
    } else if (same(sequence + 1, current)) {
      differences.add({ kind: 'removed', sequence, leaf });
      with_.offset = current.sequence - (sequence + 1);
      sequence++;
    } else if (next && same(sequence, next)) {
      differences.add({ kind: 'inserted', sequence: current.sequence, record: current });
      with_.offset = next.sequence - sequence;
      cursor.skip();
    } else {
      differences.add({ kind: 'changed', sequence, leaf, record: current });
      cursor.skip();
      sequence++;
    }
  }
}
