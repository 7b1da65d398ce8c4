import { afterAll, beforeAll, describe } from 'vitest';
import { filteringContract } from './contract/filtering.ts';
import { replacingContract } from './contract/replacing.ts';
import { searchingContract } from './contract/searching.ts';
import type { Harness } from './contract/support.ts';

/** What every store of chunks guarantees. Called in a test file; each test has a tenant of its own. */
export function vectorsContract(name: string, make: () => Promise<Harness>): void {
  describe(name, () => {
    let shared: Harness | undefined;
    beforeAll(async () => {
      shared = await make();
    });
    afterAll(() => shared?.close());
    const use = async () => shared as Harness;
    searchingContract(use);
    filteringContract(use);
    replacingContract(use);
  });
}
