import type { Harness } from '../contract/harness.ts';
import { jetStreamHarness } from '../contract/jetstream-harness.ts';
import { logContract } from '../contract.ts';
import { sharedReads } from './index.ts';

async function sharedHarness(): Promise<Harness> {
  const harness = await jetStreamHarness({ streams: 2 });
  return {
    ...harness,
    open: async () => sharedReads(await harness.open()),
    async openFragile() {
      const client = await harness.openFragile();
      return { ...client, log: sharedReads(client.log) };
    },
  };
}

logContract('shared reads of JetStream', sharedHarness);
