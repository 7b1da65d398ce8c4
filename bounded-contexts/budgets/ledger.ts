import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Nano, Origin } from '../kernel/index.ts';
import {
  newScope,
  type Pool,
  poolOf,
  poolsOn,
  type Scope,
  scopeName,
  setBudget,
  thresholds,
} from './pools.ts';
import { daysBefore, windowsOf } from './windows.ts';

/**
 * Changes whenever the same events lead to another state, or the same state to another snapshot: those of another
 * version are discarded.
 */
export const foldVersion = 2;

export const ledgerEventTypes = [
  'ledger.configured',
  'budget.defined',
  'budget.removed',
  'budget.reset',
  'budget.reserved',
  'budget.topped-up',
  'budget.settled',
  'budget.voided',
  'budget.adjusted',
  'budget.overrun',
  'budget.alerted',
] as const;

export type LedgerEvent = DaybookEvent<(typeof ledgerEventTypes)[number]> & { readonly by?: Origin };

const known: ReadonlySet<string> = new Set(ledgerEventTypes);
export const isLedgerEvent = (event: DaybookEvent): event is LedgerEvent => known.has(event.type);

/** Never changed, only replaced; in most cases it is the event's own data, shared by all states. */
export interface Reservation {
  readonly scopes: readonly string[];
  readonly day: string;
  readonly expiresAt: number;
  /** All that is pending of it, in nano-USD. */
  readonly amount: string;
  /** Ids of the top-ups that it had; most have none. */
  readonly topUps?: readonly string[];
}

export const pendingOf = ({ amount }: Reservation): Nano => BigInt(amount);

/** How a reservation ended. About most of them nothing is asked but that. */
export type Ending = 'settled' | 'voided';

/** What the reaper posted for a reservation, until a completion says the truth. */
export interface Unconfirmed {
  readonly scopes: readonly string[];
  readonly day: string;
  readonly posted: Nano;
  readonly tier: number;
  readonly until: number;
}

/** A reserve command whose UUIDv7 is older than this is refused: it is longer than any caller waits. */
export const longestDeadlineMs = 45_000;
/** How far a gateway's clock may be ahead of the ledger's time. */
export const clockAheadMs = 15_000;
/** An ended reservation is remembered at least this long, so that a repeated command finds it. */
export const memoryMs = longestDeadlineMs + clockAheadMs;
/** How long a completion may come after the reaper and still correct what was posted. */
const correctionMs = 7 * 86_400_000;
/** How long a policy command's id is remembered. */
const commandMs = 7 * 86_400_000;
/** A session or run without budget is forgotten after so many days without a deduction. */
const idleDays = 30;
/** A change of time zone moves the date back by two days at most, so closed windows stay that long. */
const keptDays = 2;

/**
 * The state of one tenant's ledger. {@link evolve} changes it in place (it is folded 50,000 times a second);
 * whoever wants to go back keeps a copy (see `cloneLedger`). What leaves it does so by the times and days in
 * the events alone, so that live state, replay and snapshot stay equal.
 */
export interface LedgerState {
  /** Time of the last commit that counted; never runs backwards. */
  now: number;
  timeZone: string | null;
  /** The latest day that a deduction named. */
  day: string;
  readonly scopes: Map<string, Scope>;
  readonly reservations: Map<string, Reservation>;
  /** Ended ones, in two generations of {@link memoryMs}: forgetting a whole one costs nothing. */
  generation: number;
  recent: Map<string, Ending>;
  older: ReadonlyMap<string, Ending>;
  readonly unconfirmed: Map<string, Unconfirmed>;
  /** Policy commands done, and until when they are remembered. */
  readonly commands: Map<string, number>;
}

export const initialLedger = (): LedgerState => ({
  now: 0,
  timeZone: null,
  day: '',
  scopes: new Map(),
  reservations: new Map(),
  generation: 0,
  recent: new Map(),
  older: new Map(),
  unconfirmed: new Map(),
  commands: new Map(),
});

export function evolve(state: LedgerState, event: LedgerEvent, at: number): LedgerState {
  if (at > state.now) advance(state, at);
  if (event.by?.command !== undefined) state.commands.set(event.by.command, state.now + commandMs);
  switch (event.type) {
    case 'budget.reserved': {
      const { reservation, scopes, day, amount } = event.data;
      addPending(state, scopes, day, nano(amount));
      state.reservations.set(reservation, event.data);
      return state;
    }
    case 'budget.settled': {
      const { reservation, scopes, day, tier } = event.data;
      const posted = nano(event.data.amount);
      post(state, scopes, day, posted, nano(event.data.released));
      state.reservations.delete(reservation);
      state.recent.set(reservation, 'settled');
      if (event.data.unconfirmed) {
        const until = state.now + correctionMs;
        state.unconfirmed.set(reservation, { scopes, day, posted, tier, until });
      }
      return state;
    }
    case 'budget.topped-up': {
      const { reservation, scopes, day, topUp } = event.data;
      const amount = nano(event.data.amount);
      addPending(state, scopes, day, amount);
      const reserved = state.reservations.get(reservation);
      if (reserved) {
        state.reservations.set(reservation, {
          ...reserved,
          amount: (pendingOf(reserved) + amount).toString(),
          topUps: [...(reserved.topUps ?? []), topUp],
        });
      }
      return state;
    }
    case 'budget.voided': {
      const { reservation, scopes, day } = event.data;
      post(state, scopes, day, 0n, BigInt(event.data.released));
      state.reservations.delete(reservation);
      state.recent.set(reservation, 'voided');
      return state;
    }
    case 'budget.adjusted': {
      const { reservation, scopes, day } = event.data;
      post(state, scopes, day, BigInt(event.data.amount), 0n);
      state.unconfirmed.delete(reservation);
      state.recent.set(reservation, 'settled');
      return state;
    }
    case 'budget.overrun':
      return state;
    case 'budget.alerted': {
      const { window, threshold } = event.data;
      const pool = scopeOf(state, scopeName(event.data.scope, event.data.id)).pools.get(window);
      if (pool) pool.alerted |= 1 << thresholds.indexOf(threshold);
      return state;
    }
    case 'budget.defined': {
      const { scope, id, period, limit, mode } = event.data;
      setBudget(scopeOf(state, scopeName(scope, id)), period, { limit: BigInt(limit), mode });
      return state;
    }
    case 'budget.removed':
      setBudget(scopeOf(state, scopeName(event.data.scope, event.data.id)), event.data.period, undefined);
      return state;
    case 'budget.reset': {
      const { scope, id, window, baseline } = event.data;
      const pool = poolOf(scopeOf(state, scopeName(scope, id)), window);
      pool.baseline = BigInt(baseline);
      // A window that starts anew alerts anew.
      pool.alerted = 0;
      return state;
    }
    case 'ledger.configured':
      state.timeZone = event.data.timeZone;
      return state;
    default:
      return event satisfies never;
  }
}

let lastText = '0';
let lastNano = 0n;

/** Parses money. Calls that follow one another tend to have the same bound. */
function nano(text: string): Nano {
  if (text !== lastText) {
    lastNano = BigInt(text);
    lastText = text;
  }
  return lastNano;
}

function scopeOf(state: LedgerState, name: string): Scope {
  let scope = state.scopes.get(name);
  if (!scope) {
    scope = newScope(name);
    state.scopes.set(name, scope);
  }
  return scope;
}

function addPending(state: LedgerState, scopes: readonly string[], day: string, amount: Nano): void {
  if (day > state.day) closeWindows(state, day);
  for (const name of scopes) {
    for (const pool of poolsOn(scopeOf(state, name), day)) pool.pending += amount;
  }
}

function post(
  state: LedgerState,
  scopes: readonly string[],
  day: string,
  amount: Nano,
  released: Nano,
): void {
  if (day > state.day) closeWindows(state, day);
  // However late: to the windows that the money was taken from. Those that left the state are closed.
  const kept = day === state.day ? null : windowsOf(daysBefore(state.day, keptDays));
  for (const name of scopes) {
    const scope = scopeOf(state, name);
    if (kept === null) {
      for (const pool of poolsOn(scope, day)) move(pool, amount, released);
      continue;
    }
    windowsOf(day).forEach((window, period) => {
      const pool =
        scope.pools.get(window) ?? (window >= (kept[period] as string) ? poolOf(scope, window) : undefined);
      if (pool) move(pool, amount, released);
    });
  }
}

function move(pool: Pool, amount: Nano, released: Nano): void {
  pool.posted += amount;
  pool.pending -= released;
}

/** What time alone ends: generations of remembered reservations, corrections, command ids. */
function advance(state: LedgerState, at: number): void {
  state.now = at;
  const generation = Math.floor(at / memoryMs);
  if (generation === state.generation) return;
  state.older = generation === state.generation + 1 ? state.recent : new Map();
  state.recent = new Map();
  state.generation = generation;
  for (const [id, { until }] of state.unconfirmed) if (until < at) state.unconfirmed.delete(id);
  for (const [id, until] of state.commands) if (until < at) state.commands.delete(id);
}

/** A new day begins: windows that closed and hold no pending money leave, and so do idle sessions and runs. */
function closeWindows(state: LedgerState, day: string): void {
  state.day = day;
  const kept = windowsOf(daysBefore(day, keptDays));
  const idle = daysBefore(day, idleDays);
  for (const [name, scope] of state.scopes) {
    let pending = false;
    for (const [window, pool] of scope.pools) {
      if (pool.pending !== 0n) pending = true;
      else if (window !== 'total' && isBefore(window, kept)) scope.pools.delete(window);
    }
    scope.currentDay = '';
    const passing = scope.kind === 'session' || scope.kind === 'run';
    if (passing && !pending && scope.budgeted === 0 && scope.lastDay < idle) state.scopes.delete(name);
  }
}

/** Names of the three periods differ in shape: `2026-11-20`, `2026-W47`, `2026-11`. */
function isBefore(window: string, kept: readonly [string, string, string, string]): boolean {
  const [daily, weekly, monthly] = kept;
  if (window.length === 10) return window < daily;
  return window.length === 8 ? window < weekly : window < monthly;
}
