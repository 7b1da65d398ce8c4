import { newNatsServer } from '../../testing/nats-binaries.ts';
import { jetStreamHarness } from '../contract/jetstream-harness.ts';
import { logContract } from '../contract.ts';

logContract('JetStream, the newest nats-server', () => jetStreamHarness({ binary: newNatsServer() }));
