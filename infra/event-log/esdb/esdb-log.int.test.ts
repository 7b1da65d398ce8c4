import { esdbHarness } from '../contract/esdb-harness.ts';
import { esdbLiveHarness } from '../contract/esdb-live-harness.ts';
import { liveLogContract, logContract } from '../contract.ts';

logContract('EventStoreDB, by its Streams protocol', esdbHarness);

const live = process.env['EVENTSTORE_URL'];
if (live) liveLogContract('The EventStoreDB of EVENTSTORE_URL', () => esdbLiveHarness(live));
