import type { ContentLog, EventLog } from '../../../bounded-contexts/kernel/index.ts';

export type ContractLog = EventLog & { readonly contents: ContentLog };

/** A client whose wire a test can cut. */
export interface FragileClient {
  readonly log: ContractLog;
  /** The next append arrives, and its acknowledgement does not. */
  loseAnswers(): void;
  /** Ends the connection; it comes back by itself, whole. */
  cut(): void;
  /** Ends the connection until `cut` is called. */
  refuse(): void;
}

/** One log of one adapter, on servers of its own, and what can be done to them. */
export interface Harness {
  /** A further client of the same log. */
  open(): Promise<ContractLog>;
  openFragile(): Promise<FragileClient>;
  /** Kills the server that answers (of a cluster: the leader) and starts it again on the same data. */
  killAndRestart?(): Promise<void>;
  /** Makes the log lose all that was stored after `mark` was called. */
  mark(): Promise<void>;
  loseTail(): Promise<void>;
  /** Makes the log lose its first commits. */
  loseBeginning?(): Promise<void>;
  /** An empty log where this one was, with an epoch of its own. */
  recreate(): Promise<void>;
  /** A log of the same adapter whose disk is full after some commits; `makeRoom` where that can be cured. */
  openSmall(): Promise<{ readonly log: ContractLog; makeRoom?(): Promise<void> }>;
  close(): Promise<void>;
}
