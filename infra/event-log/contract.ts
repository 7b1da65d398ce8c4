import { afterAll, beforeAll, describe } from 'vitest';
import type { ContentLog, EventLog } from '../../bounded-contexts/kernel/index.ts';
import { ambiguityContract } from './contract/ambiguity.ts';
import { appendingContract } from './contract/appending.ts';
import { contentsContract } from './contract/contents.ts';
import { failuresContract } from './contract/failures.ts';
import { historyContract } from './contract/history.ts';
import { readingContract } from './contract/reading.ts';

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
  mark?(): Promise<void>;
  loseTail(): Promise<void>;
  /** Makes the log lose its first commits. */
  loseBeginning?(): Promise<void>;
  /** An empty log where this one was, with an epoch of its own. */
  recreate(): Promise<void>;
  /** A log of the same adapter whose disk is full after some commits; false: not full any more. */
  openSmall(): Promise<{ readonly log: ContractLog; makeRoom?(): Promise<void> }>;
  close(): Promise<void>;
}

/**
 * What every adapter of the event log guarantees. Called in a test file, with a maker of harnesses. Groups that
 * leave the log whole share one; those that spoil its history get one each.
 */
export function logContract(name: string, make: () => Promise<Harness>): void {
  describe(name, { timeout: 60_000 }, () => {
    let shared: Harness | undefined;
    beforeAll(async () => {
      shared = await make();
    }, 60_000);
    afterAll(() => shared?.close(), 30_000);
    const use = async (): Promise<Harness> => ({ ...(shared as Harness), close: async () => {} });
    appendingContract(use);
    ambiguityContract(use);
    readingContract(use);
    contentsContract(use);
    failuresContract(use);
    historyContract(make);
  });
}
