import type { Span } from '../text/index.ts';

/** What retrieval needs from outside: a store of chunks that can be searched, and a model that ranks again. */

/** A slice of a revision's canonical text: `start` and `end` are offsets into it, `text` what lies between. */
export interface IndexedChunk {
  /** From 0, in the order of the text. */
  readonly ordinal: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Said about the chunk by headings or a model: searched with it, never quoted. */
  readonly context?: string;
  /** From 1, where the document has pages. */
  readonly page?: number;
  /** The span that a reader is given when this chunk is found. */
  readonly parent?: Span;
  /** Of any length but zero: only its direction counts. */
  readonly vector?: Float32Array;
}

/** What filters look at. */
export interface RevisionFacts {
  readonly department: string;
  readonly document: string;
  readonly revision: string;
  /** Such as `pdf`, `csv`. */
  readonly type: string;
  readonly source?: string;
  readonly tags: readonly string[];
  readonly privacy: string;
  /** ISO 8601. */
  readonly date: string;
  readonly author?: string;
  /** BCP 47; it chooses the analyser. */
  readonly language: string;
}

export interface IndexedRevision extends RevisionFacts {
  /** Names what was put, so that who comes later need not put it again: a revision can be indexed anew. */
  readonly stamp?: string;
  readonly chunks: readonly IndexedChunk[];
}

/**
 * Before the search, never after. `departments` and `privacy` are rights: what lies outside them leaves no trace in a
 * score. A list means any of its values; what is not given is not asked.
 */
export interface Filter {
  /** At least one. */
  readonly departments: readonly string[];
  readonly privacy?: readonly string[];
  readonly types?: readonly string[];
  readonly sources?: readonly string[];
  readonly tags?: readonly string[];
  readonly authors?: readonly string[];
  /** As the revisions have it, tag for tag. */
  readonly languages?: readonly string[];
  readonly documents?: readonly string[];
  /** ISO 8601; this moment and later. */
  readonly from?: string;
  /** ISO 8601; before this moment. */
  readonly to?: string;
}

export type SearchMode = 'keyword' | 'dense' | 'hybrid' | 'rrf';

export interface Weights {
  readonly dense: number;
  readonly keyword: number;
}

export interface ChunkQuery {
  readonly text: string;
  /** Of the text, by the index's model. Without it, hybrid and rrf are keyword alone, and dense finds nothing. */
  readonly vector?: Float32Array;
  /** Of the question; guessed where it is not given. */
  readonly language?: string;
  readonly mode: SearchMode;
  /** How many hits; at most 1,000. */
  readonly k: number;
  /** Candidates of each kind that are fused, in multiples of k. Default 2. */
  readonly overFetch?: number;
  /** Of hybrid. Default 0.7 dense, 0.3 keyword. */
  readonly weights?: Weights;
  /** False where nobody asks why: rrf may then leave the parts out and be done by the store. Default true. */
  readonly explain?: boolean;
  readonly filter: Filter;
}

/** What one kind of search said of a hit; `rank` counts from 1 and is left out beyond its candidates. */
export interface Part {
  readonly score: number;
  readonly rank?: number;
}

export interface Hit extends RevisionFacts {
  readonly chunk: Omit<IndexedChunk, 'vector'>;
  /** What hits are ordered by; comparable within one search only. */
  readonly score: number;
  /** Why: BM25 and cosine, each with its rank. */
  readonly parts: { readonly keyword?: Part; readonly dense?: Part };
}

/** A tenant's chunks under one embedding model. Tenants share nothing, statistics included. */
export interface ChunkIndex {
  /**
   * Replaces what the document had. A search sees the old revision or the new one: never both, never neither. Of two
   * puts of one document at once, either one may stay. Throws `retrieval.vector-mismatch` where vectors have another
   * dimension than the index.
   */
  put(tenant: string, model: string, revision: IndexedRevision): Promise<void>;
  /** The stamp of what a document has here; undefined where it has nothing, or nothing that was stamped. */
  stampOf(tenant: string, model: string, document: string): Promise<string | undefined>;
  /** Nothing happens where there is none. */
  remove(tenant: string, model: string, document: string): Promise<void>;
  search(tenant: string, model: string, query: ChunkQuery): Promise<readonly Hit[]>;
  /** What a search with this filter would look at. */
  count(tenant: string, model: string, filter: Filter): Promise<Counts>;
  close(): Promise<void>;
}

export interface Counts {
  readonly documents: number;
  readonly chunks: number;
}

export interface Reranker {
  /** A score a text, in their order: higher is nearer to the question. Throws `rerank.unavailable`. */
  rerank(question: string, texts: readonly string[]): Promise<readonly number[]>;
  close(): Promise<void>;
}
