import { jetStreamHarness } from '../contract/jetstream-harness.ts';
import { logContract } from '../contract.ts';

// Debian stable's is 2.9.10, the oldest that is served.
logContract('JetStream, the nats-server on PATH', () => jetStreamHarness());
logContract('JetStream, the nats-server on PATH, four streams', () => jetStreamHarness({ streams: 4 }));
