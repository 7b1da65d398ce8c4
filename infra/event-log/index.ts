/**
 * The adapters of the event log: JetStream, Postgres, and a simulated one for property tests. All implement the
 * kernel's `EventLog` and `ContentLog` and pass one contract suite (contract.ts). It owns no events.
 */
export { type JetStreamLog, type JetStreamOptions, openJetStreamLog } from './jetstream/index.ts';
