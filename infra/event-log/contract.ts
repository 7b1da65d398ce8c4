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
    const use = sharing(make);
    harmless(use);
    failuresContract(use);
    historyContract(make);
  });
}

/** The part of it that can be held against a server of which others live: nothing is killed, and no history lost. */
export function liveLogContract(name: string, make: () => Promise<Omit<Harness, DamagingStep>>): void {
  const refused = () => Promise.reject(new Error('not on a live server'));
  const whole = async (): Promise<Harness> => ({
    mark: refused,
    loseTail: refused,
    recreate: refused,
    openSmall: refused,
    ...(await make()),
  });
  describe(`${name}: all but what kills it, fills its disk or loses its history`, { timeout: 60_000 }, () => {
    harmless(sharing(whole));
  });
}

type DamagingStep = 'killAndRestart' | 'mark' | 'loseTail' | 'loseBeginning' | 'recreate' | 'openSmall';

function harmless(use: () => Promise<Harness>): void {
  appendingContract(use);
  ambiguityContract(use);
  readingContract(use);
  contentsContract(use);
}

/** One harness for all groups, closed after the last. */
function sharing(make: () => Promise<Harness>): () => Promise<Harness> {
  let shared: Harness | undefined;
  beforeAll(async () => {
    shared = await make();
  }, 60_000);
  afterAll(() => shared?.close(), 30_000);
  return async () => ({ ...(shared as Harness), close: async () => {} });
}
