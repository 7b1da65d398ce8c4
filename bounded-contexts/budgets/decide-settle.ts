import { DaybookError } from '../../schemas/errors.ts';
import { periods } from '../../schemas/primitives.ts';
import type { Nano } from '../kernel/index.ts';
import { type CommandOf, type Decision, nothing } from './commands.ts';
import { millisOf, refuseBadScopes } from './decide-reserve.ts';
import { type LedgerEvent, type LedgerState, longestDeadlineMs, pendingOf } from './ledger.ts';
import { thresholds } from './pools.ts';
import { windowsOf } from './windows.ts';

const already: Decision = { events: nothing, reply: { kind: 'settled', outcome: 'already' } };

/** The dearest tier: what a reservation without completion is posted on. */
const unknownTier = 3;

/**
 * Posts what a call really cost. The money was spent whatever the ledger thinks, so nothing here refuses an
 * amount: what exceeds the bound is posted and said to be an overrun.
 */
export function decideSettle(state: LedgerState, command: CommandOf<'settle'>): Decision {
  const { reservation, amount, tier } = command;
  if (amount < 0n || !Number.isInteger(tier) || tier < 0 || tier > 3) {
    return refuse('A settlement needs an amount of 0 or more and a tier from 0 to 3.', 'amount');
  }
  const reserved = state.reservations.get(reservation);
  if (reserved) {
    return settle(state, reservation, reserved.scopes, reserved.day, amount, pendingOf(reserved), tier);
  }
  if (state.unconfirmed.has(reservation)) return adjust(state, command);
  const ending = state.recent.get(reservation) ?? state.older.get(reservation);
  if (ending === 'settled') return already;
  // Ended so long ago that it is forgotten: an ended one is remembered while its id is young.
  if (ending === undefined && !(millisOf(reservation) > state.now - longestDeadlineMs)) return already;
  // Voided although it was dispatched, or never reserved at all: the money is spent all the same.
  const invalid = refuseBadScopes(state, command.scopes);
  if (invalid) return { refusal: invalid, mayPass: false };
  if (!/^\d{4}-\d{2}-\d{2}$/.test(command.day)) return refuse('`day` must be a date.', 'day');
  if (ending === 'voided') return adjust(state, command);
  return settle(state, reservation, command.scopes, command.day, amount, 0n, tier);
}

const refuse = (message: string, param: string): Decision => ({
  refusal: new DaybookError('request.invalid', message, { param }),
  mayPass: false,
});

export function decideReap(state: LedgerState, command: CommandOf<'reap'>, now: number): Decision {
  const reserved = state.reservations.get(command.reservation);
  if (!reserved) return already;
  if (reserved.expiresAt > now) {
    return { refusal: new DaybookError('command.rejected', 'It has not expired yet.'), mayPass: false };
  }
  const { scopes, day } = reserved;
  const pending = pendingOf(reserved);
  return settle(state, command.reservation, scopes, day, pending, pending, unknownTier, true);
}

export function decideVoid(state: LedgerState, command: CommandOf<'void'>): Decision {
  const { reservation } = command;
  const reserved = state.reservations.get(reservation);
  if (!reserved) return { events: nothing, reply: { kind: 'done' } };
  const { scopes, day, amount: released } = reserved;
  const data = { reservation, scopes: scopes as string[], day, released };
  return { events: [{ type: 'budget.voided', data }], reply: { kind: 'done' } };
}

function settle(
  state: LedgerState,
  reservation: string,
  scopes: readonly string[],
  day: string,
  amount: Nano,
  released: Nano,
  tier: number,
  unconfirmed = false,
): Decision {
  const deduction = { reservation, scopes: scopes as string[], day };
  const posted = { ...deduction, amount: amount.toString(), released: released.toString(), tier };
  const events: LedgerEvent[] = [
    { type: 'budget.settled', data: unconfirmed ? { ...posted, unconfirmed } : posted },
  ];
  if (amount > released) {
    const data = { ...deduction, amount: (amount - released).toString() };
    events.push({ type: 'budget.overrun', data });
  }
  alerts(state, scopes, day, amount, events);
  return { events, reply: { kind: 'settled', outcome: 'settled' } };
}

/** A completion after the reaper (or after a void): what was posted becomes the truth. */
function adjust(state: LedgerState, command: CommandOf<'settle'>): Decision {
  const { reservation, amount, tier } = command;
  const reaped = state.unconfirmed.get(reservation);
  const { scopes, day, posted } = reaped ?? { ...command, posted: 0n };
  const deduction = { reservation, scopes: scopes as string[], day };
  const events: LedgerEvent[] = [];
  const add = (change: Nano, on: number) =>
    events.push({ type: 'budget.adjusted', data: { ...deduction, amount: change.toString(), tier: on } });
  if (reaped && reaped.tier !== tier) {
    if (posted !== 0n) add(-posted, reaped.tier);
    add(amount, tier);
  } else {
    add(amount - posted, tier);
  }
  if (amount > posted) {
    events.push({ type: 'budget.overrun', data: { ...deduction, amount: (amount - posted).toString() } });
    alerts(state, scopes, day, amount - posted, events);
  }
  return { events, reply: { kind: 'settled', outcome: 'adjusted' } };
}

/** Thresholds that posting `amount` reaches, once each in a window. */
function alerts(
  state: LedgerState,
  scopes: readonly string[],
  day: string,
  amount: Nano,
  events: LedgerEvent[],
): void {
  if (amount === 0n) return;
  const windows = windowsOf(day);
  for (const name of scopes) {
    const scope = state.scopes.get(name);
    if (!scope || scope.budgeted === 0) continue;
    for (const [index, period] of periods.entries()) {
      const budget = scope.budgets[index];
      const window = windows[index] as string;
      const pool = scope.pools.get(window);
      if (!budget || !pool) continue;
      const posted = pool.posted - pool.baseline + amount;
      if (pool.alerted === 15 || posted * 100n < budget.limit * 80n) continue;
      thresholds.forEach((threshold, bit) => {
        if (pool.alerted & (1 << bit) || posted * 100n < budget.limit * BigInt(threshold)) return;
        const data = {
          scope: scope.kind,
          id: scope.id,
          period,
          window,
          threshold,
          posted: posted.toString(),
          limit: budget.limit.toString(),
        };
        events.push({ type: 'budget.alerted', data });
      });
    }
  }
}
