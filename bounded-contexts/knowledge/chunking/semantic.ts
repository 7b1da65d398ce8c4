import type { Span } from '../text/index.ts';
import type { Bounds } from './chunk.ts';
import { pack } from './pack.ts';
import { type Unit, unitsOf } from './units.ts';

type Vector = ArrayLike<number>;

/**
 * Groups neighbouring sentences that speak of the same thing: a sentence stays with the group before it while the
 * cosine between its vector and the mean direction of the group is at least `threshold`.
 * @param vectors One for each sentence, of any length but zero; all of one dimension.
 * @returns For each group, the indices of its first sentence and of the one after its last.
 */
export function groupBySimilarity(vectors: readonly Vector[], threshold = 0.7): Span[] {
  const groups: Span[] = [];
  let start = 0;
  let sum: Float64Array | undefined;
  vectors.forEach((vector, index) => {
    const unit = direction(vector);
    if (sum && cosine(sum, unit) < threshold) {
      groups.push({ start, end: index });
      start = index;
      sum = undefined;
    }
    sum = sum ? sum.map((value, at) => value + (unit[at] ?? 0)) : unit;
  });
  if (sum) groups.push({ start, end: vectors.length });
  return groups;
}

/** Sentences in groups of one subject, a group longer than `size` being cut as running text is. */
export function semanticSlices(
  text: string,
  sentenceSpans: readonly Span[],
  vectors: readonly Vector[],
  bounds: Bounds,
  threshold?: number,
): Span[] {
  return groupBySimilarity(vectors.slice(0, sentenceSpans.length), threshold).flatMap((group) => {
    const units: Unit[] = sentenceSpans
      .slice(group.start, group.end)
      .flatMap((sentence) => unitsOf(text, sentence, bounds.size - bounds.overlap, bounds.count));
    return pack(text, units, bounds);
  });
}

function direction(vector: Vector): Float64Array {
  const values = Float64Array.from(vector);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}

function cosine(a: Float64Array, b: Float64Array): number {
  let dot = 0;
  let squares = 0;
  for (let at = 0; at < a.length; at++) {
    dot += (a[at] ?? 0) * (b[at] ?? 0);
    squares += (a[at] ?? 0) ** 2;
  }
  return squares === 0 ? 0 : dot / Math.sqrt(squares);
}
