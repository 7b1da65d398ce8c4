import { esdbHarness } from '../contract/esdb-harness.ts';
import { logContract } from '../contract.ts';

logContract('EventStoreDB, by its Streams protocol', esdbHarness);
