/**
 * What the audit notary needs from outside: its keys in the vault, the memory of its last checkpoint in Postgres,
 * copies of checkpoints in a folder, and the file that carries a log to whoever wants to verify it elsewhere.
 */
export { type BundleContent, openBundle, writeBundle } from './bundle.ts';
export { checkpointCopies, readCopies } from './copies.ts';
export { notaryKeys } from './keys.ts';
export { postgresWitness } from './witness.ts';
