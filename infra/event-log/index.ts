/**
 * The adapters of the event log: JetStream, Postgres, EventStoreDB (for mirrors), and a simulated one for property tests. All implement the
 * kernel's `EventLog` and `ContentLog` and pass one contract suite (contract.ts). It owns no events.
 */

export { type ArchiveManifest, type ArchiveProgress, openArchive, writeArchive } from './archive.ts';
export { type CopyableLog, copyLog } from './copy.ts';
export { esdbMirror, type MirrorOptions, type MirrorResult } from './esdb/mirror.ts';
export { type JetStreamLog, openJetStreamLog } from './jetstream/index.ts';
export { openPostgresLog } from './postgres/index.ts';
export type { ProgressReport } from './progress.ts';
export { sharedReads } from './shared/index.ts';
export { type AppendFault, simulatedServer } from './simulated.ts';
export { verifyLog } from './verify.ts';
