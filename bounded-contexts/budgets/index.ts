/**
 * Budgets: what may be spent, and the ledger that says what was. One aggregate a tenant (`ledger`) holds its
 * limits and its two-phase deductions; its events are `ledger.configured` and `budget.*`. `createLedgers` is
 * the door: money is reserved before a provider is called and settled from `invocation.completed` by the
 * settler; what expires without a completion is settled in full by the reaper. `auditLedger` checks the
 * invariants on the log alone. What it needs from outside is in `ports.ts`.
 */
export { auditLedger } from './audit.ts';
export { createLedgers, type Ledgers, type Reserved } from './ledgers.ts';
export type { Checkpoint, CheckpointStore, LedgerChannel } from './ports.ts';
export { startReaper } from './reaper.ts';
export { startSettler } from './settler.ts';
