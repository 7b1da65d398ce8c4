import { DaybookError } from '../../schemas/errors.ts';
import { formatUsd, type Nano } from '../kernel/index.ts';
import { type CommandOf, type Decision, nothing } from './commands.ts';
import { clockAheadMs, type LedgerState, longestDeadlineMs, pendingOf } from './ledger.ts';
import { parseScope, remainder } from './pools.ts';
import { windowsOf } from './windows.ts';

/** What a reservation may still take, and the hard budget that says so. */
interface Room {
  available: Nano | null;
  /** What could be taken if no money were pending: the least over all hard budgets. */
  unreserved: Nano;
  pool: string;
  limit: Nano;
  posted: Nano;
  pending: Nano;
}

const room: Room = { available: null, unreserved: 0n, pool: '', limit: 0n, posted: 0n, pending: 0n };

/** The tightest hard budget over `scopes`. One object for all calls: it is read before the next. */
function tightest(state: LedgerState, scopes: readonly string[], day: string): Room {
  room.available = null;
  const windows = windowsOf(day);
  for (const name of scopes) {
    const scope = state.scopes.get(name);
    if (!scope || scope.hard === 0) continue;
    for (let period = 0; period < 4; period++) {
      const budget = scope.budgets[period];
      if (budget?.mode !== 'hard') continue;
      const window = windows[period] as string;
      const pool = scope.pools.get(window);
      const available = remainder(budget, pool);
      const unreserved = pool ? available + pool.pending : available;
      if (room.available === null || unreserved < room.unreserved) room.unreserved = unreserved;
      if (room.available !== null && available >= room.available) continue;
      room.available = available;
      room.pool = `${name}:${window}`;
      room.limit = budget.limit;
      room.posted = pool ? pool.posted - pool.baseline : 0n;
      room.pending = pool?.pending ?? 0n;
    }
  }
  return room;
}

/** Smallest remainder over all budgets, hard and soft, on `scopes`; null without any. */
export function smallestRemainder(state: LedgerState, scopes: readonly string[], day: string): Nano | null {
  let smallest: Nano | null = null;
  const windows = windowsOf(day);
  for (const name of scopes) {
    const scope = state.scopes.get(name);
    if (!scope || scope.budgeted === 0) continue;
    for (let period = 0; period < 4; period++) {
      const budget = scope.budgets[period];
      if (!budget) continue;
      const left = remainder(budget, scope.pools.get(windows[period] as string));
      if (smallest === null || left < smallest) smallest = left;
    }
  }
  return smallest;
}

/** The largest share that is used, pending money included, of a soft budget on `scopes`; null without any. */
export function softPressure(state: LedgerState, scopes: readonly string[], day: string): number | null {
  let largest: number | null = null;
  const windows = windowsOf(day);
  for (const name of scopes) {
    const scope = state.scopes.get(name);
    if (!scope || scope.budgeted === 0) continue;
    for (let period = 0; period < 4; period++) {
      const budget = scope.budgets[period];
      if (budget?.mode !== 'soft') continue;
      const used = budget.limit - remainder(budget, scope.pools.get(windows[period] as string));
      const share = budget.limit === 0n ? 1 : Number((used * 10_000n) / budget.limit) / 10_000;
      if (largest === null || share > largest) largest = share;
    }
  }
  return largest;
}

export function exceeded({ pool, limit, posted, pending }: Room, requested: Nano): DaybookError {
  return new DaybookError(
    'budget.exceeded',
    `The budget ${pool} allows $${formatUsd(limit)}: $${formatUsd(posted)} is spent and $${formatUsd(pending)} is reserved by calls in flight, so $${formatUsd(requested)} more does not fit.`,
    {
      pool,
      limitUsd: formatUsd(limit),
      postedUsd: formatUsd(posted),
      pendingUsd: formatUsd(pending),
      requestedUsd: formatUsd(requested),
    },
  );
}

const refuse = (refusal: DaybookError): Decision => ({ refusal, mayPass: false });

export function decideReserve(
  state: LedgerState,
  command: CommandOf<'reserve'>,
  day: string,
  now: number,
): Decision {
  const { reservation, scopes, amount, floor, expiresAt } = command;
  const existing = state.reservations.get(reservation);
  if (existing) {
    const reply = {
      kind: 'reserved',
      granted: pendingOf(existing),
      scopes: existing.scopes,
      day: existing.day,
      remaining: smallestRemainder(state, existing.scopes, existing.day),
    } as const;
    return { events: nothing, reply };
  }
  const invalid = refuseBadReserve(state, command, now);
  if (invalid) return refuse(invalid);
  let granted = amount;
  // What costs nothing passes: a budget that is used up does not forbid a free model.
  if (amount > 0n) {
    const { available } = tightest(state, scopes, day);
    if (available !== null && available < amount) {
      if (available < floor || available <= 0n) {
        return { refusal: exceeded(room, floor), mayPass: room.unreserved >= floor };
      }
      granted = available;
    }
  }
  const data = { reservation, scopes: scopes as string[], day, amount: granted.toString(), expiresAt };
  const left = smallestRemainder(state, scopes, day);
  return {
    events: [{ type: 'budget.reserved', data }],
    reply: {
      kind: 'reserved',
      granted,
      scopes,
      day,
      remaining: left === null ? null : left - granted,
    },
  };
}

function refuseBadReserve(
  state: LedgerState,
  command: CommandOf<'reserve'>,
  now: number,
): DaybookError | null {
  const { reservation, scopes, amount, floor } = command;
  if (state.recent.has(reservation) || state.older.has(reservation) || state.unconfirmed.has(reservation)) {
    return new DaybookError('command.rejected', 'This reservation has ended; make a new one.');
  }
  const made = millisOf(reservation);
  if (Number.isNaN(made)) {
    return new DaybookError('request.invalid', 'A reservation id must be a UUIDv7.', {
      param: 'reservation',
    });
  }
  if (made < now - longestDeadlineMs || made > now + clockAheadMs) {
    return new DaybookError('budget.reservation-too-old');
  }
  if (amount < 0n || floor < 0n || floor > amount) {
    return new DaybookError('request.invalid', 'A reservation needs 0 ≤ floor ≤ amount.', {
      param: 'amount',
    });
  }
  return refuseBadScopes(state, scopes);
}

export function refuseBadScopes(state: LedgerState, scopes: readonly string[]): DaybookError | null {
  for (let i = 0; i < scopes.length; i++) {
    const name = scopes[i] as string;
    if (scopes.indexOf(name) !== i) {
      return new DaybookError('request.invalid', `The scope ${name} is named twice.`, { param: 'scopes' });
    }
    if (state.scopes.has(name)) continue;
    try {
      parseScope(name);
    } catch (error) {
      return new DaybookError('request.invalid', (error as Error).message, { param: 'scopes' });
    }
  }
  if (scopes.length > 0) return null;
  return new DaybookError('request.invalid', 'A deduction names at least one scope.', { param: 'scopes' });
}

/** Unix ms in a UUIDv7, NaN for anything else; without the cost of a full match on the hot path. */
export function millisOf(id: string): number {
  return id.length === 36 && id[14] === '7' && id[8] === '-' && id[13] === '-'
    ? Number(`0x${id.slice(0, 8)}${id.slice(9, 13)}`)
    : Number.NaN;
}

export function decideTopUp(state: LedgerState, command: CommandOf<'top-up'>): Decision {
  const { reservation, topUp, amount } = command;
  const reserved = state.reservations.get(reservation);
  if (!reserved) {
    return refuse(new DaybookError('command.rejected', 'There is no open reservation with this id.'));
  }
  if (amount < 0n) {
    return refuse(new DaybookError('request.invalid', 'A top-up must not be negative.', { param: 'amount' }));
  }
  const { scopes, day } = reserved;
  const pending = pendingOf(reserved);
  if (reserved.topUps?.includes(topUp)) {
    const remaining = smallestRemainder(state, scopes, day);
    return { events: nothing, reply: { kind: 'reserved', granted: pending, scopes, day, remaining } };
  }
  const { available } = tightest(state, scopes, day);
  if (amount > 0n && available !== null && available < amount) {
    return {
      refusal: exceeded(room, amount),
      // Its own pending money is not freed by waiting.
      mayPass: room.unreserved - pending >= amount,
    };
  }
  const data = { reservation, scopes: scopes as string[], day, topUp, amount: amount.toString() };
  const left = smallestRemainder(state, scopes, day);
  return {
    events: [{ type: 'budget.topped-up', data }],
    reply: {
      kind: 'reserved',
      granted: pending + amount,
      scopes,
      day,
      remaining: left === null ? null : left - amount,
    },
  };
}
