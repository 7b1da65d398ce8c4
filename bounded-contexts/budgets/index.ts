/**
 * Budgets: what may be spent, and the ledger that says what was. One aggregate a tenant (`ledger`) holds its
 * limits and its two-phase deductions; its events are `ledger.configured` and `budget.*`. `createLedgers` is
 * the door: money is reserved before a provider is called and settled from `invocation.completed` by the
 * settler; what expires without a completion is settled in full by the reaper. `auditLedger` checks the
 * invariants on the log alone.
 */

export { type Audit, type AuditBreak, auditLedger } from './audit.ts';
export {
  type BudgetKey,
  createLedgers,
  type Ledgers,
  type LedgersOptions,
  type PolicyContext,
  type Reserve,
  type Reserved,
  type Settle,
  type Settled,
} from './ledgers.ts';
export type { Checkpoint, CheckpointStore, LedgerChannel, LedgerSnapshot, SnapshotStore } from './ports.ts';
export { type ReaperOptions, type ReaperStatus, startReaper } from './reaper.ts';
export { type ProcessManager, type SettlerOptions, type SettlerStatus, startSettler } from './settler.ts';
export type { BudgetView, LedgerView, SpendView } from './view.ts';
