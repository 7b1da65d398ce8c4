import type { Searched } from './masks.ts';
import type { TopK } from './top-k.ts';

/** Cosine: both are of length 1. Exact, by looking at every vector; what has no direction is not found. */
export function scoreVectors(query: Float32Array, searched: Searched, best: TopK): void {
  const { segment, mask, index } = searched;
  if (segment.dimension === 0) return;
  const count = segment.chunks.length;
  for (let chunk = 0; chunk < count; chunk++) {
    if (mask && mask[chunk] === 0) continue;
    const score = vectorScore(query, searched, chunk);
    // Exactly 0 is no vector, or nothing in common.
    if (score !== 0 && score > best.least) best.add(score, index, chunk);
  }
}

/** Four sums at a time, so that the processor need not wait for one addition to begin the next. */
export function vectorScore(query: Float32Array, { segment }: Searched, chunk: number): number {
  const { vectors, dimension } = segment;
  const base = chunk * dimension;
  const whole = dimension - (dimension % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let at = 0; at < whole; at += 4) {
    a += (query[at] as number) * (vectors[base + at] as number);
    b += (query[at + 1] as number) * (vectors[base + at + 1] as number);
    c += (query[at + 2] as number) * (vectors[base + at + 2] as number);
    d += (query[at + 3] as number) * (vectors[base + at + 3] as number);
  }
  for (let at = whole; at < dimension; at++) a += (query[at] as number) * (vectors[base + at] as number);
  return a + b + (c + d);
}
