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

export interface DocumentPorts {
  readonly log: EventLog;
  readonly clock: Clock;
}

export interface UploadPorts extends DocumentPorts {
  readonly vault: Pick<Vault, 'seal'>;
  readonly contents: ContentWriter;
}
