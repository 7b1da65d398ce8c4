import type { Searched } from './masks.ts';
import type { TopK } from './top-k.ts';

/** A question's vector, of length 1, and how its cosine with a row of vectors is had. */
export interface DenseQuery {
  readonly dimension: number;
  /** Of the row that begins at `base`. */
  cosine(vectors: Float32Array, base: number): number;
}

/** Where fewer of its numbers than this share are not 0, the others are passed over; hashed embeddings are like that. */
const few = 0.25;

export function denseQuery(vector: Float32Array): DenseQuery {
  const at = Int32Array.from(vector.keys().filter((index) => vector[index] !== 0));
  const cosine = at.length < few * vector.length ? sparse(vector, at) : full(vector);
  return { dimension: vector.length, cosine };
}

/** Four sums at a time, so that the processor need not wait for one addition to begin the next. */
const full =
  (query: Float32Array): DenseQuery['cosine'] =>
  (vectors, base) => {
    const whole = query.length - (query.length % 4);
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let at = 0; at < whole; at += 4) {
      a += (query[at] as number) * (vectors[base + at] as number);
      b += (query[at + 1] as number) * (vectors[base + at + 1] as number);
      c += (query[at + 2] as number) * (vectors[base + at + 2] as number);
      d += (query[at + 3] as number) * (vectors[base + at + 3] as number);
    }
    for (let at = whole; at < query.length; at++) a += (query[at] as number) * (vectors[base + at] as number);
    return a + b + (c + d);
  };

function sparse(query: Float32Array, at: Int32Array): DenseQuery['cosine'] {
  const values = Float32Array.from(at, (index) => query[index] as number);
  const whole = at.length - (at.length % 2);
  return (vectors, base) => {
    let [a, b] = [0, 0];
    for (let i = 0; i < whole; i += 2) {
      a += (values[i] as number) * (vectors[base + (at[i] as number)] as number);
      b += (values[i + 1] as number) * (vectors[base + (at[i + 1] as number)] as number);
    }
    if (whole < at.length) a += (values[whole] as number) * (vectors[base + (at[whole] as number)] as number);
    return a + b;
  };
}

/** Exact, by looking at every vector; what has no direction, or nothing in common, is not found. */
export function scoreVectors(query: DenseQuery, { segment, mask, index }: Searched, best: TopK): void {
  const { vectors, dimension, chunks } = segment;
  if (dimension === 0) return;
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    if (mask && mask[chunk] === 0) continue;
    const score = query.cosine(vectors, chunk * dimension);
    if (score !== 0 && score > best.least) best.add(score, index, chunk);
  }
}

export const vectorScore = (query: DenseQuery, { segment }: Searched, chunk: number): number =>
  segment.dimension === 0 ? 0 : query.cosine(segment.vectors, chunk * segment.dimension);
