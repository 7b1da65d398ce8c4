import type { Commit } from './commit.ts';
import type { Position } from './position.ts';
import type { StoredCommit } from './stored.ts';
import type { Subject } from './subjects.ts';

/** What the last commit on the subject must be: none yet, exactly this one, or (for facts) whatever it is. */
export type Expected = 'none' | 'any' | Position;

export interface AppendOptions {
  /**
   * The command that this commit answers. The same command id appended twice to one subject is stored once
   * (within the log's dedupe window); on two subjects it is stored on both. Defaults to the commit's id.
   */
  readonly commandId?: string;
}

/**
 * `appended`: stored now. `duplicate`: the log says that this command was stored before, at `position`: not
 * yet proof that it is the same commit. `wrong-expectation`: the subject has moved; perhaps by our own commit
 * whose acknowledgement was lost. The last two are ambiguous: use `appendOnce`.
 */
export type AppendResult =
  | { readonly outcome: 'appended'; readonly position: Position }
  | { readonly outcome: 'duplicate'; readonly position: Position }
  | { readonly outcome: 'wrong-expectation' };

/** A commit as it lies on the log. */
export interface Recorded {
  readonly position: Position;
  readonly stream: number;
  readonly sequence: number;
  readonly subject: Subject;
  readonly commit: Commit;
  /** Size of the stored message body. */
  readonly bytes: number;
}

/** A run of commits of one stream, in order. */
export interface Batch {
  readonly stream: number;
  readonly commits: readonly Recorded[];
  /**
   * How far the subscription has looked: every commit of this stream up to here that matches the filter has
   * been delivered. Moves on even where nothing matches; such a batch has no commits.
   */
  readonly through: Position;
  /** True where `through` was the stream's end when this batch was made. */
  readonly caughtUp: boolean;
}

export interface Subscription extends AsyncIterable<Batch> {
  /** Ends the iteration after the batch in hand. Idempotent. */
  stop(): Promise<void>;
}

/** Where to go on: at most one position a stream, after which reading starts. Empty means from the start. */
export type LogCheckpoint = readonly Position[];

export interface SubscribeOptions {
  /** Most commits in one batch. Default 1000. */
  readonly maxCommits?: number;
  /** How often, in ms, an idle subscription looks whether the stream's end has moved on. Default 100. */
  readonly idleMs?: number;
  /**
   * What arrives within so much time, in ms, may be delivered together, where that spares the log work: fewer and
   * larger batches. Default 0.
   */
  readonly paceMs?: number;
  /**
   * Told of each commit's stored bytes before it is decoded, in order, by those adapters that hold them in their hands
   * (JetStream, Postgres, simulated). It must not keep `body`, which may be a part of something larger.
   */
  readonly onStored?: (stored: StoredCommit) => void;
}

export interface StreamInfo {
  readonly stream: number;
  readonly name: string;
  /** Commits and bytes stored; `first` and `last` are null while it is empty. */
  readonly commits: number;
  readonly bytes: number;
  readonly first: Position | null;
  /** The last position that was given out. */
  readonly last: Position | null;
}

export interface LogInfo {
  readonly adapter: 'jetstream' | 'postgres' | 'eventstoredb' | 'simulated' | 'archive';
  readonly version: string;
  readonly address: string;
  /** What an acknowledged commit survives, in words: shown at start and in /ready. */
  readonly durability: string;
  readonly epoch: string;
  readonly replicas: number;
  readonly streams: readonly StreamInfo[];
}

/**
 * The book of record. All failures are DaybookErrors:
 * `log.unavailable`: certainly not stored. `log.timeout`: perhaps stored. `log.full`, `log.commit-too-large`:
 * refused. `log.history-changed`: a position of another history was given.
 */
export interface EventLog {
  append(
    subject: Subject,
    commit: Commit,
    expected: Expected,
    options?: AppendOptions,
  ): Promise<AppendResult>;
  /** The first commit on `subject` after `position` (null: its very first), as the leader knows it. */
  after(subject: Subject, position: Position | null): Promise<Recorded | null>;
  /** All commits on `subject` after `from` (null: all), in order, up to the end at the time of the call. */
  read(subject: Subject, from: Position | null): AsyncIterable<Recorded>;
  /** The last commit on `subject`, as the leader knows it. */
  last(subject: Subject): Promise<Recorded | null>;
  /** The commit at exactly this position, or null where there is none (truncated, recreated). */
  at(position: Position): Promise<Recorded | null>;
  /** Commits whose subject matches a NATS filter (`es.*.*.ledger`, `es.>`), from a checkpoint, endlessly. */
  subscribe(filter: string, from: LogCheckpoint, options?: SubscribeOptions): Subscription;
  info(): Promise<LogInfo>;
  close(): Promise<void>;
}
