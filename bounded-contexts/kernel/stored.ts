/** A commit as its store keeps it: not decoded, so that also one that cannot be decoded is seen. */
export interface StoredCommit {
  readonly stream: number;
  readonly sequence: number;
  readonly subject: string;
  /** The stored bytes, exactly. */
  readonly body: Uint8Array;
}

export interface StoredCommits {
  /**
   * What lies in `from`..`to` of a stream, in order, in runs; ends with `to` or with the stream's end. Nothing is
   * checked: what is missing is missing in the answer. Throws `log.unavailable`, `log.history-changed`.
   */
  stored(stream: number, from: number, to: number): AsyncIterable<readonly StoredCommit[]>;
}

/** One signed checkpoint as it is stored. Numbers begin with 1 and have no gaps. */
export interface AuditEntry {
  readonly number: number;
  readonly body: Uint8Array;
}

/** Where signed checkpoints go: append-only, beside the log, and not a part of it. */
export interface AuditLog {
  /** `taken`: there is an entry of this number already. `stream` is the log's stream that it speaks of. */
  append(number: number, stream: number, body: Uint8Array): Promise<'appended' | 'taken'>;
  /** The last entry, or the last that speaks of a stream; null where there is none. */
  last(stream?: number): Promise<AuditEntry | null>;
  /** All from a number on, in order, up to the end at the time of the call. */
  read(from: number): AsyncIterable<AuditEntry>;
}
