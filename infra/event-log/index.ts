/**
 * The adapters of the event log: JetStream, Postgres, and a simulated one for property tests. All implement the
 * kernel's `EventLog` and `ContentLog` and pass one contract suite (contract.ts). It owns no events.
 */

export { type ArchiveManifest, type ArchiveProgress, openArchive, writeArchive } from './archive.ts';
export { type CopyableLog, type CopyOptions, type CopyResult, copyLog } from './copy.ts';
export { type JetStreamLog, type JetStreamOptions, openJetStreamLog } from './jetstream/index.ts';
export { openPostgresLog, type PostgresLog, type PostgresLogOptions } from './postgres/index.ts';
export type { ProgressReport } from './progress.ts';
export {
  type AppendFault,
  type Attempted,
  type SimulatedClientOptions,
  type SimulatedServer,
  simulatedServer,
} from './simulated.ts';
export { type LogBreak, type LogVerification, verifyLog } from './verify.ts';
