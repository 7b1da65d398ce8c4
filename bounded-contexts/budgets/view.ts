import { type Period, periods, type ScopeKind } from '../../schemas/primitives.ts';
import type { Nano, Position } from '../kernel/index.ts';
import type { LedgerState } from './ledger.ts';
import { type Mode, remainder } from './pools.ts';
import { dayIn, windowsOf } from './windows.ts';

export interface BudgetView {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly period: Period;
  readonly window: string;
  readonly limit: Nano;
  readonly mode: Mode;
  /** Since the last reset in this window. */
  readonly posted: Nano;
  readonly pending: Nano;
  /** Negative after an overrun or where the limit was lowered. */
  readonly remaining: Nano;
}

export interface SpendView {
  readonly scope: string;
  readonly window: string;
  readonly posted: Nano;
  readonly pending: Nano;
}

export interface LedgerView {
  readonly position: Position | null;
  readonly timeZone: string;
  readonly day: string;
  readonly budgets: readonly BudgetView[];
  /** All that is counted in the windows of `day`, budgeted or not. */
  readonly spend: readonly SpendView[];
  /** Reservations that have not ended. */
  readonly open: number;
}

export function viewLedger(
  state: LedgerState,
  defaultTimeZone: string,
  now: number,
  position: Position | null,
): LedgerView {
  const timeZone = state.timeZone ?? defaultTimeZone;
  const day = dayIn(timeZone, Math.max(now, state.now));
  const windows = windowsOf(day);
  const budgets: BudgetView[] = [];
  const spend: SpendView[] = [];
  for (const scope of state.scopes.values()) {
    for (const [index, period] of periods.entries()) {
      const window = windows[index] as string;
      const pool = scope.pools.get(window);
      const budget = scope.budgets[index];
      if (pool) spend.push({ scope: scope.name, window, posted: pool.posted, pending: pool.pending });
      if (!budget) continue;
      budgets.push({
        scope: scope.kind,
        id: scope.id,
        period,
        window,
        ...budget,
        posted: pool ? pool.posted - pool.baseline : 0n,
        pending: pool?.pending ?? 0n,
        remaining: remainder(budget, pool),
      });
    }
  }
  return { position, timeZone, day, budgets, spend, open: state.reservations.size };
}
