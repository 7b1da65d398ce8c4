import { merge } from './merge.ts';
import type { Segment } from './segment.ts';

/** So many segments of about one size become one. More: fewer merges, more segments to search. */
const fanOut = 8;

const tierOf = ({ liveChunks }: Segment): number =>
  Math.floor(Math.log(Math.max(1, liveChunks)) / Math.log(fanOut));

/**
 * The segments with one more, merged where a tier is full: each chunk is copied about log8(n) times in all. Segments
 * of which less than half lives are rewritten, and what has ended whole is dropped.
 */
export function withSegment(segments: readonly Segment[], added: Segment): readonly Segment[] {
  let all = [...tidied(segments), added];
  for (;;) {
    const byTier = Map.groupBy(all, tierOf);
    const full = [...byTier.values()].find((tier) => tier.length >= fanOut);
    if (!full) return all;
    all = [...all.filter((one) => !full.includes(one)), merge(full)];
  }
}

export function tidied(segments: readonly Segment[]): readonly Segment[] {
  return segments
    .filter(({ liveDocuments }) => liveDocuments > 0)
    .map((segment) => (segment.liveChunks * 2 < segment.chunks.length ? merge([segment]) : segment));
}
