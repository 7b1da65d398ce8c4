import type { LogCheckpoint, Position } from '../kernel/index.ts';

/**
 * Request and reply between the writers of one installation. Bodies are opaque to the adapter. It may lose,
 * delay and repeat: commands are idempotent, and the log's expectation is the fence.
 */
export interface LedgerChannel {
  /** Answers the requests that are addressed to `writerId`, until stopped. */
  serve(writerId: string, answer: (body: string) => Promise<string>): Promise<() => Promise<void>>;
  /** The reply, or null where nobody answered in `timeoutMs`. */
  request(writerId: string, body: string, timeoutMs: number): Promise<string | null>;
}

export interface LedgerSnapshot {
  readonly tenant: string;
  /** The commit that it was taken after. */
  readonly position: Position;
  readonly foldVersion: number;
  /** SHA-256 of `state`, hexadecimal. */
  readonly hash: string;
  readonly state: string;
}

/** At most one snapshot a tenant; losing one costs a longer fold, nothing else. */
export interface SnapshotStore {
  load(tenant: string): Promise<LedgerSnapshot | null>;
  save(snapshot: LedgerSnapshot): Promise<void>;
}

export interface Checkpoint {
  readonly positions: LogCheckpoint;
  /** What the process manager has folded so far, if it folds anything. */
  readonly state?: string;
}

/** Where process managers go on after a restart. */
export interface CheckpointStore {
  load(name: string): Promise<Checkpoint | null>;
  save(name: string, checkpoint: Checkpoint): Promise<void>;
}
