import type { IndexedChunk, RevisionFacts } from '../ports.ts';

/** What a hit needs of a chunk; its vector lies with the others. */
export type ChunkText = Omit<IndexedChunk, 'vector'>;

/** A revision in a segment: its chunks lie next to each other. */
export interface SegmentDocument {
  readonly facts: RevisionFacts;
  readonly first: number;
  readonly count: number;
  /** In terms, of all of its chunks. */
  readonly length: number;
}

/**
 * Revisions that were put together once and do not change, but for which of them still live. Postings are in rows by
 * term (compressed sparse rows): those of `terms[i]` are from `offsets[i]` to `offsets[i + 1]`, by chunk.
 */
export interface Segment {
  /** Ids of the index's dictionary, ascending. */
  readonly terms: Int32Array;
  readonly offsets: Int32Array;
  readonly postings: Int32Array;
  /** How often the term is in the chunk, at most 65,535. */
  readonly frequencies: Uint16Array;
  /** In terms, a chunk. */
  readonly lengths: Int32Array;
  readonly chunks: readonly ChunkText[];
  readonly documentOf: Int32Array;
  readonly documents: readonly SegmentDocument[];
  /** Of length 1 or 0, one after the other; empty where no chunk has any. */
  readonly vectors: Float32Array;
  readonly dimension: number;
  /** Every privacy level of its documents. */
  readonly privacies: ReadonlySet<string>;
  /** A 1 for each document that is not replaced or removed. */
  readonly live: Uint8Array;
  liveDocuments: number;
  liveChunks: number;
  liveLength: number;
}

/** Where the postings of a term are; -1 where it has none. */
export function rowOf({ terms }: Segment, term: number): number {
  let low = 0;
  let high = terms.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = terms[middle] as number;
    if (found === term) return middle;
    if (found < term) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Ends a document; its chunks stay until the segment is merged. */
export function end(segment: Segment, index: number): void {
  const document = segment.documents[index];
  if (!document || segment.live[index] === 0) return;
  segment.live[index] = 0;
  segment.liveDocuments--;
  segment.liveChunks -= document.count;
  segment.liveLength -= document.length;
}

/** Roughly, in bytes, without the text. */
export const bytesOf = (segment: Segment): number =>
  segment.terms.byteLength +
  segment.offsets.byteLength +
  segment.postings.byteLength +
  segment.frequencies.byteLength +
  segment.lengths.byteLength +
  segment.documentOf.byteLength +
  segment.vectors.byteLength;
