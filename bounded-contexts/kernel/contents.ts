import type { Position } from './position.ts';

/**
 * Contents: prompts, answers, message bodies, definitions. They never ride in a commit; a commit names them by
 * id. Each is sealed (AES-256-GCM) under the key of the data subject whose data it is.
 */
export interface SealedContent {
  readonly id: string;
  /** The opaque id of the data subject whose key seals it. */
  readonly subject: string;
  /** Nonce (12 bytes), ciphertext, tag (16 bytes), in this order. */
  readonly sealed: Uint8Array;
}

export interface StoredContent extends SealedContent {
  readonly tenant: string;
}

/** Where a content lies, as the `content_index` read model knows it. */
export interface ContentPlace {
  readonly position: Position;
  readonly index: number;
}

export interface ContentBatch {
  readonly stream: number;
  readonly contents: readonly (StoredContent & ContentPlace)[];
  readonly through: Position;
  readonly caughtUp: boolean;
}

/** A group of contents is one message of at most this many bytes (ids and frame included). */
export const maxContentBytes = 1000 * 1024;

/** The second stream, `ct.>`. Failures are the log's: `log.unavailable`, `log.timeout`, `log.full`. */
export interface ContentLog {
  /** Stores a group of contents of one tenant as one message; resolves once acknowledged. */
  append(tenant: string, contents: readonly SealedContent[]): Promise<Position>;
  /** Null where retention or truncation has taken it. */
  at(place: ContentPlace): Promise<StoredContent | null>;
  subscribe(from: readonly Position[]): AsyncIterable<ContentBatch> & { stop(): Promise<void> };
}
