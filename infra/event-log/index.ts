/**
 * The adapters of the event log: JetStream, Postgres, and a simulated one for property tests. All implement the
 * kernel's `EventLog` and `ContentLog` and pass one contract suite (contract.ts). It owns no events.
 */
export { type JetStreamLog, type JetStreamOptions, openJetStreamLog } from './jetstream/index.ts';
export { openPostgresLog, type PostgresLog, type PostgresLogOptions } from './postgres/index.ts';
export {
  type AppendFault,
  type Attempted,
  type SimulatedClientOptions,
  type SimulatedServer,
  simulatedServer,
} from './simulated.ts';
