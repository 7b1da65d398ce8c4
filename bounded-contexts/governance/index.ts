/**
 * Governance: who did what (`trail/`), that nobody changed it (`audit/`), what ends and how (`erasure/`), and the
 * installation's secrets. The log stays whole; what goes is keys, and with them every content that they sealed.
 */
export * from './audit/index.ts';
export * from './erasure/index.ts';
export * from './portability/index.ts';
export * from './retention/index.ts';
export {
  openSecret,
  overdue,
  removeSecret,
  type SecretPorts,
  type SecretStore,
  sayRotated,
  setSecret,
} from './secrets.ts';
export * from './trail/index.ts';
