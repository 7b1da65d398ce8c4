import type { Clock, ContentWriter, EventLog, Vault } from '../../kernel/index.ts';

/** Whose bytes they are: a blob is sealed under the owner's key, named for it, and shared with no other owner. */
export interface BlobOwner {
  readonly tenant: string;
  /** The data subject whose key seals it: of knowledge, the department. */
  readonly owner: string;
}

/** Files, beside the log. All failures are `blobs.unavailable`, but for those that are named. */
export interface BlobStore {
  /**
   * Seals and keeps a stream of bytes. The same bytes of the same owner are one blob. Throws `request.too-large`
   * beyond `maxBytes`, and then nothing is kept.
   */
  put(
    place: BlobOwner,
    bytes: AsyncIterable<Uint8Array>,
    maxBytes?: number,
  ): Promise<{ readonly blob: string; readonly bytes: number }>;
  /** Throws `resource.not-found` where there is none, `vault.redacted` where its owner's key is gone. */
  read(place: BlobOwner, blob: string): AsyncIterable<Uint8Array>;
  /** Idempotent. */
  remove(place: BlobOwner, blob: string): Promise<void>;
}

/** A file that arrives in pieces. */
export interface PartialUpload {
  readonly id: string;
  /** What it was opened with. */
  readonly about: string;
  /** Bytes of the whole file, and how many of them are there, from its start. */
  readonly total: number;
  readonly received: number;
  /** Unix ms. */
  readonly expiresAt: number;
  /** What it came to, once it was finished. */
  readonly result: string | undefined;
}

/**
 * Files on their way, piece by piece, over as many connections and restarts as that takes. Where there is no such
 * upload of this owner, or it expired, all throw `resource.not-found`; all other failures are `blobs.unavailable`.
 */
export interface UploadStore {
  /** Throws `upload.too-many`. */
  open(place: BlobOwner, about: string, total: number): Promise<PartialUpload>;
  find(place: BlobOwner, id: string): Promise<PartialUpload>;
  /**
   * Adds `length` bytes from `from` on. What came before a connection broke is kept, too. Throws `upload.out-of-place`
   * where it does not begin at `received`, `request.in-progress` where another piece is arriving,
   * `request.malformed-upload` where there are more or fewer bytes, or what `bytes` throws.
   */
  append(
    place: BlobOwner,
    id: string,
    piece: { readonly from: number; readonly length: number },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<PartialUpload>;
  /** What is there, in order. */
  read(place: BlobOwner, id: string): AsyncIterable<Uint8Array>;
  /** Keeps what it came to, and its bytes no longer. */
  finish(place: BlobOwner, id: string, result: string): Promise<void>;
  remove(place: BlobOwner, id: string): Promise<void>;
  /** Removes what expired, of everybody. */
  sweep(): Promise<void>;
}

export interface DocumentPorts {
  readonly log: EventLog;
  readonly clock: Clock;
}

export interface UploadPorts extends DocumentPorts {
  readonly vault: Pick<Vault, 'seal'>;
  readonly contents: ContentWriter;
}
