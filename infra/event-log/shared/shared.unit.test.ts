import type { ContractLog, Harness } from '../contract/harness.ts';
import { simulatedHarness } from '../contract/simulated-harness.ts';
import { logContract } from '../contract.ts';
import { sharedReads } from './index.ts';

/** A window so small that readers fall out of it, too. */
const shared = (log: ContractLog): ContractLog => sharedReads(log, { maxBytes: 4096 });

async function sharedHarness(): Promise<Harness> {
  const harness = await simulatedHarness();
  return {
    ...harness,
    open: async () => shared(await harness.open()),
    async openFragile() {
      const client = await harness.openFragile();
      return { ...client, log: shared(client.log) };
    },
  };
}

logContract('shared reads of the simulated log', sharedHarness);
