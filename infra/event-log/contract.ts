import { afterAll, beforeAll, describe } from 'vitest';
import { ambiguityContract } from './contract/ambiguity.ts';
import { appendingContract } from './contract/appending.ts';
import { contentsContract } from './contract/contents.ts';
import { failuresContract } from './contract/failures.ts';
import type { Harness } from './contract/harness.ts';
import { historyContract } from './contract/history.ts';
import { readingContract } from './contract/reading.ts';

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
