import { type Period, periods, type ScopeKind, scopeKinds } from '../../schemas/primitives.ts';
import type { Nano } from '../kernel/index.ts';
import { windowsOf } from './windows.ts';

export type Mode = 'hard' | 'soft';

export interface Budget {
  readonly limit: Nano;
  readonly mode: Mode;
}

/** The money of one scope in one window. Counted whether or not a budget is in force on it. */
export interface Pool {
  readonly window: string;
  posted: Nano;
  pending: Nano;
  /** Posted money at the last reset: a budget counts only what exceeds it. */
  baseline: Nano;
  /** Bit i is set once threshold i of {@link thresholds} was alerted in this window. */
  alerted: number;
}

export const thresholds = [80, 90, 95, 100] as const;

/** All that the ledger knows of `tenant` or `<kind>:<id>`. */
export interface Scope {
  readonly name: string;
  readonly kind: ScopeKind;
  readonly id: string;
  /** By period, in the order of `periods`. */
  readonly budgets: (Budget | undefined)[];
  /** How many of `budgets` are there, and how many of these are hard: most scopes have none. */
  budgeted: number;
  hard: number;
  readonly pools: Map<string, Pool>;
  /** The last day that a deduction named: an idle session is forgotten by it. */
  lastDay: string;
  /** The pools of `currentDay`, so that the hot path looks up no window. Not part of the state. */
  currentDay: string;
  current: readonly Pool[];
}

/** Throws a RangeError for what is neither `tenant` nor `<kind>:<opaque id>`. */
export function parseScope(name: string): { kind: ScopeKind; id: string } {
  if (name === 'tenant') return { kind: 'tenant', id: '' };
  const colon = name.indexOf(':');
  const kind = scopeKinds.find((known) => known === name.slice(0, colon));
  const id = name.slice(colon + 1);
  if (colon < 0 || !kind || kind === 'tenant' || !/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
    throw new RangeError(`not a scope: ${JSON.stringify(name)}`);
  }
  return { kind, id };
}

/** There is one budget tree a tenant, so the tenant's own scope needs no id. */
export const scopeName = (kind: ScopeKind, id: string): string =>
  kind === 'tenant' ? 'tenant' : `${kind}:${id}`;

export const indexOfPeriod = (period: Period): number => periods.indexOf(period);

export function newScope(name: string): Scope {
  return {
    name,
    ...parseScope(name),
    budgets: [undefined, undefined, undefined, undefined],
    budgeted: 0,
    hard: 0,
    pools: new Map(),
    lastDay: '',
    currentDay: '',
    current: [],
  };
}

export function poolOf(scope: Scope, window: string): Pool {
  let pool = scope.pools.get(window);
  if (!pool) {
    pool = { window, posted: 0n, pending: 0n, baseline: 0n, alerted: 0 };
    scope.pools.set(window, pool);
  }
  return pool;
}

/** The four pools of a scope that `day` falls into, made where they are missing. */
export function poolsOn(scope: Scope, day: string): readonly Pool[] {
  if (scope.currentDay !== day) {
    scope.current = windowsOf(day).map((window) => poolOf(scope, window));
    scope.currentDay = day;
    if (day > scope.lastDay) scope.lastDay = day;
  }
  return scope.current;
}

export function setBudget(scope: Scope, period: Period, budget: Budget | undefined): void {
  scope.budgets[indexOfPeriod(period)] = budget;
  scope.budgeted = scope.budgets.filter((each) => each !== undefined).length;
  scope.hard = scope.budgets.filter((each) => each?.mode === 'hard').length;
}

/** What a budget still allows in the pool that it watches; negative after an overrun or a lowered limit. */
export function remainder(budget: Budget, pool: Pool | undefined): Nano {
  return pool ? budget.limit + pool.baseline - pool.posted - pool.pending : budget.limit;
}
