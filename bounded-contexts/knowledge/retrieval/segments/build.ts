import { DaybookError } from '../../../../schemas/errors.ts';
import { type Analyser, analyse } from '../analyser/index.ts';
import { hasDirection } from '../checks.ts';
import type { IndexedChunk, IndexedRevision } from '../ports.ts';
import type { ChunkText, Segment } from './segment.ts';

/** Terms to ids, in the order of their first appearance. */
export type Dictionary = Map<string, number>;

function idOf(dictionary: Dictionary, term: string): number {
  const known = dictionary.get(term);
  if (known !== undefined) return known;
  dictionary.set(term, dictionary.size);
  return dictionary.size - 1;
}

/** A segment of one revision. `dimension` is that of its vectors, 0 where there are none. */
export function segmentOf(
  revision: IndexedRevision,
  analyser: Analyser,
  dictionary: Dictionary,
  dimension: number,
): Segment {
  const { chunks, ...facts } = revision;
  const count = chunks.length;
  const terms = chunks.map(({ context, text }) =>
    analyse(context === undefined ? text : `${context}\n${text}`, analyser),
  );
  const length = terms.reduce((sum, list) => sum + list.length, 0);
  // Sorted, occurrences of a term in a chunk stand beside each other. Exact up to 2^53.
  const keys = new Float64Array(length);
  let at = 0;
  for (const [chunk, list] of terms.entries())
    for (const term of list) keys[at++] = idOf(dictionary, term) * count + chunk;
  keys.sort();
  return {
    ...rowsOf(keys, count),
    lengths: Int32Array.from(terms, (list) => list.length),
    chunks: chunks.map(textOf),
    documentOf: new Int32Array(count),
    documents: [{ facts, first: 0, count, length }],
    vectors: unitVectors(chunks, dimension),
    dimension,
    privacies: new Set([facts.privacy]),
    live: Uint8Array.of(1),
    liveDocuments: 1,
    liveChunks: count,
    liveLength: length,
  };
}

function rowsOf(
  keys: Float64Array,
  count: number,
): Pick<Segment, 'terms' | 'offsets' | 'postings' | 'frequencies'> {
  const terms: number[] = [];
  const offsets: number[] = [];
  const postings: number[] = [];
  const frequencies: number[] = [];
  let last = -1;
  for (const key of keys) {
    if (key === last) {
      frequencies.push(Math.min(65_535, (frequencies.pop() ?? 0) + 1));
      continue;
    }
    const term = Math.floor(key / count);
    if (terms.at(-1) !== term) {
      terms.push(term);
      offsets.push(postings.length);
    }
    postings.push(key - term * count);
    frequencies.push(1);
    last = key;
  }
  offsets.push(postings.length);
  return {
    terms: Int32Array.from(terms),
    offsets: Int32Array.from(offsets),
    postings: Int32Array.from(postings),
    frequencies: Uint16Array.from(frequencies),
  };
}

function textOf({ vector: _, ...text }: IndexedChunk): ChunkText {
  return text;
}

function unitVectors(chunks: readonly IndexedChunk[], dimension: number): Float32Array {
  const vectors = new Float32Array(chunks.length * dimension);
  for (const [index, { vector }] of chunks.entries())
    if (vector) vectors.set(unit(vector, dimension), index * dimension);
  return vectors;
}

/** The vector at length 1; of no direction, it stays zero and is near to nothing. */
export function unit(vector: Float32Array, dimension: number): Float32Array {
  if (vector.length !== dimension)
    throw new DaybookError(
      'retrieval.vector-mismatch',
      `The index has vectors of ${dimension} numbers, this one has ${vector.length}.`,
    );
  if (!hasDirection(vector)) return new Float32Array(dimension);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
