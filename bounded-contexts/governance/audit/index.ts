/**
 * The audit notary: signed checkpoints over ranges of the log, and what can be proven with them. All but the
 * process itself (`startNotary`) is a function of records, checkpoints and keys, and runs without any server.
 */
export { type Witness, witnessOf } from './chain.ts';
export { decodeCheckpoint } from './checkpoint.ts';
export { checkpointOver } from './covering.ts';
export type { Finding } from './findings.ts';
export { type PublicKey, parsePublicKey, pemOf, type SigningKey, signingKey } from './keys.ts';
export { type Notary, startNotary } from './notary.ts';
export type { WitnessStore } from './ports.ts';
export { checkInclusion, proveInclusion } from './proof.ts';
export { type SeenLeaves, seenLeaves } from './seen-leaves.ts';
export { type AuditVerification, verifyAudit } from './verify.ts';
