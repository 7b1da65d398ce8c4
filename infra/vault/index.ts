/**
 * The vault's adapter: keys of data subjects wrapped by their tenant's, wrapped by the master key, and the
 * opaque ids that stand on the log for what callers supplied. It owns the schema `vault`; what it holds in
 * memory is bounded. Other processes' erasures reach it by `forget`, fed from `subject.erased`.
 */
export { dumpVault, fillVault, type VaultRow, vaultRow } from './dump.ts';
export { managedSecrets, noteRotation } from './managed-secrets.ts';
export { addMasterKey, dropOldMasterKeys, type MasterKeys, masterKeys, masterKeysOf } from './master-key.ts';
export { type PostgresVault, postgresVault } from './postgres-vault.ts';
export { rewrapVault } from './rewrap.ts';
