import { describe, expect, test } from 'vitest';
import { isDaybookError } from '../../schemas/errors.ts';
import type { LedgerCommand } from './commands.ts';
import { decide, ledgerDecider } from './decide.ts';
import type { LedgerEvent, LedgerState } from './ledger.ts';
import { cloneLedger, readLedger, writeLedger } from './snapshot.ts';

/** A Friday noon in UTC. */
const noon = Date.parse('2026-11-20T12:00:00Z');
const dayMs = 86_400_000;
let made = 0;

const idAt = (at: number) => {
  const millis = at.toString(16).padStart(12, '0');
  return `${millis.slice(0, 8)}-${millis.slice(8)}-7000-8000-${(made++).toString(16).padStart(12, '0')}`;
};

const scopes = ['tenant', 'user:u1'];
const reserve = (amount: bigint, more: Partial<Extract<LedgerCommand, { kind: 'reserve' }>> = {}) => ({
  kind: 'reserve' as const,
  reservation: idAt(noon),
  scopes,
  amount,
  floor: amount,
  expiresAt: noon + 60_000,
  ...more,
});
const settle = (reservation: string, amount: bigint, tier = 1) => ({
  kind: 'settle' as const,
  reservation,
  amount,
  tier,
  scopes,
  day: '2026-11-20',
});
const define = (limit: bigint, more: Partial<Extract<LedgerCommand, { kind: 'define' }>> = {}) => ({
  kind: 'define' as const,
  scope: 'user' as const,
  id: 'u1',
  period: 'daily' as const,
  limit,
  mode: 'hard' as const,
  by: { actor: 'admin' },
  ...more,
});

/** A ledger that takes commands one after another, as a writer does, and keeps what they came to. */
function given(...commands: (LedgerCommand | { at: number })[]) {
  let now = noon;
  const state = ledgerDecider.initial();
  const all: LedgerEvent[] = [];
  const when = (command: LedgerCommand): readonly LedgerEvent[] => {
    const at = Math.max(now, state.now);
    const events = ledgerDecider.decide({ command, at }, state) as LedgerEvent[];
    for (const event of events) ledgerDecider.evolve(state, event, at);
    all.push(...events);
    return events;
  };
  for (const command of commands) {
    if ('at' in command) now = command.at;
    else when(command);
  }
  return {
    state: state as LedgerState,
    when,
    at: (at: number) => {
      now = at;
    },
    refusal: (command: LedgerCommand) => {
      try {
        when(command);
      } catch (error) {
        if (isDaybookError(error)) return error;
        throw error;
      }
      throw new Error('it was not refused');
    },
    pool: (scope: string, window: string) => state.scopes.get(scope)?.pools.get(window),
  };
}

describe('reserve', () => {
  test('touches each scope in the four windows of the day, budgeted or not', () => {
    const ledger = given(reserve(10n));
    for (const scope of scopes) {
      for (const window of ['2026-11-20', '2026-W47', '2026-11', 'total']) {
        expect(ledger.pool(scope, window)).toMatchObject({ pending: 10n, posted: 0n });
      }
    }
  });

  test('is refused where posted and pending money leave no room, and says which budget and how much', () => {
    const first = reserve(60n);
    const ledger = given(define(100n), first, settle(first.reservation, 50n), reserve(30n));
    expect(ledger.refusal(reserve(21n)).fields).toEqual({
      pool: 'user:u1:2026-11-20',
      limitUsd: '0.0000001',
      postedUsd: '0.00000005',
      pendingUsd: '0.00000003',
      requestedUsd: '0.000000021',
    });
    expect(ledger.when(reserve(20n))).toHaveLength(1);
  });

  test('is lowered to what the tightest hard budget leaves, but never below its floor', () => {
    const ledger = given(define(100n), define(70n, { scope: 'tenant', id: '', period: 'monthly' }));
    expect(ledger.when(reserve(90n, { floor: 70n }))).toMatchObject([{ data: { amount: '70' } }]);
    expect(ledger.refusal(reserve(90n, { floor: 1n })).code).toBe('budget.exceeded');
  });

  test('may pass later only where nothing but pending money stands in the way', () => {
    const held = reserve(100n);
    const { state } = given(define(100n), held);
    expect(decide(state, reserve(1n), noon, 'UTC')).toMatchObject({ mayPass: true });
    expect(decide(state, reserve(101n), noon, 'UTC')).toMatchObject({ mayPass: false });
    const spent = given(define(100n), held, settle(held.reservation, 100n));
    expect(decide(spent.state, reserve(1n), noon, 'UTC')).toMatchObject({ mayPass: false });
  });

  test('passes a soft budget that is used up, and a free call passes a hard one', () => {
    const ledger = given(define(10n, { mode: 'soft' }), reserve(50n));
    expect(ledger.when(reserve(50n))).toHaveLength(1);
    const hard = given(define(10n), reserve(10n));
    expect(hard.when(reserve(0n))).toHaveLength(1);
  });

  test('repeated, reserves nothing more; after its end it is refused', () => {
    const call = reserve(10n);
    const ledger = given(call);
    expect(ledger.when(call)).toEqual([]);
    ledger.when(settle(call.reservation, 5n));
    expect(ledger.refusal(call).code).toBe('command.rejected');
  });

  test('with an id older than the longest deadline is refused, so that no id is remembered for ever', () => {
    const call = reserve(10n);
    const ledger = given(call, settle(call.reservation, 5n), { at: noon + 46_000 });
    expect(ledger.refusal(reserve(1n)).code).toBe('budget.reservation-too-old');
    ledger.at(noon + 200_000);
    ledger.when(reserve(1n, { reservation: idAt(noon + 200_000) }));
    expect(ledger.state.recent.has(call.reservation) || ledger.state.older.has(call.reservation)).toBe(false);
    expect(ledger.refusal(call).code).toBe('budget.reservation-too-old');
  });

  test.each([
    ['an id that is no UUIDv7', { reservation: 'r1' }],
    ['no scope', { scopes: [] }],
    ['a scope of no kind', { scopes: ['planet:earth'] }],
    ['a scope named twice', { scopes: ['tenant', 'tenant'] }],
    ['a floor over the amount', { floor: 11n }],
  ])('refuses %s', (_, more) => {
    expect(given().refusal(reserve(10n, more)).code).toBe('request.invalid');
  });
});

describe('settle', () => {
  test('posts the actual cost and frees all that was pending, top-ups included', () => {
    const call = reserve(10n);
    const topUp = { kind: 'top-up' as const, reservation: call.reservation, topUp: 'a2', amount: 5n };
    const ledger = given(call, topUp, topUp);
    expect(ledger.pool('tenant', 'total')).toMatchObject({ pending: 15n });
    expect(ledger.when(settle(call.reservation, 7n))).toMatchObject([
      { type: 'budget.settled', data: { amount: '7', released: '15', tier: 1 } },
    ]);
    expect(ledger.pool('tenant', 'total')).toMatchObject({ pending: 0n, posted: 7n });
    expect(ledger.when(settle(call.reservation, 7n))).toEqual([]);
    expect(ledger.refusal({ ...topUp, topUp: 'a3' }).code).toBe('command.rejected');
  });

  test('posts in full what exceeds the bound, says so, and blocks until money allows', () => {
    const call = reserve(90n);
    const ledger = given(define(100n), call);
    expect(ledger.when(settle(call.reservation, 130n)).map(({ type }) => type)).toEqual([
      'budget.settled',
      'budget.overrun',
      'budget.alerted',
      'budget.alerted',
      'budget.alerted',
      'budget.alerted',
    ]);
    expect(ledger.refusal(reserve(1n)).code).toBe('budget.exceeded');
    ledger.when(define(131n));
    expect(ledger.when(reserve(1n))).toHaveLength(1);
  });

  test('alerts once for each threshold and window, in the settling commit', () => {
    const calls = [reserve(79n), reserve(1n), reserve(10n), reserve(10n)];
    const ledger = given(define(100n), ...calls);
    const alerts = (events: readonly LedgerEvent[]) =>
      events.flatMap(({ type, data }) => (type === 'budget.alerted' ? [data.threshold] : []));
    const alerted = [79n, 1n, 10n, 10n].map((amount, index) =>
      alerts(ledger.when(settle((calls[index] as { reservation: string }).reservation, amount))),
    );
    expect(alerted).toEqual([[], [80], [90], [95, 100]]);
    const next = reserve(0n);
    ledger.when(next);
    expect(alerts(ledger.when(settle(next.reservation, 5n)))).toEqual([]);
    // The next day is another window.
    ledger.at(noon + dayMs);
    const tomorrow = reserve(90n, { reservation: idAt(noon + dayMs) });
    ledger.when(tomorrow);
    expect(alerts(ledger.when(settle(tomorrow.reservation, 90n)))).toEqual([80, 90]);
  });

  test('goes to the windows that the money was reserved in, however late', () => {
    const call = reserve(10n, { expiresAt: noon + 9 * dayMs });
    const ledger = given(call, { at: noon + 5 * dayMs });
    ledger.when(reserve(3n, { reservation: idAt(noon + 5 * dayMs) }));
    ledger.when(settle(call.reservation, 8n));
    expect(ledger.pool('tenant', '2026-11-20')).toMatchObject({ posted: 8n, pending: 0n });
    expect(ledger.pool('tenant', '2026-11-25')).toMatchObject({ posted: 0n, pending: 3n });
    expect(ledger.pool('tenant', '2026-11')).toMatchObject({ posted: 8n, pending: 3n });
  });

  test('posts what was spent even if it was voided, or never reserved', () => {
    const call = reserve(10n);
    const ledger = given(call, { kind: 'void', reservation: call.reservation });
    expect(ledger.when(settle(call.reservation, 4n)).map(({ type }) => type)).toEqual([
      'budget.adjusted',
      'budget.overrun',
    ]);
    const stray = idAt(noon);
    expect(ledger.when(settle(stray, 6n))).toMatchObject([
      { type: 'budget.settled', data: { amount: '6', released: '0' } },
      { type: 'budget.overrun', data: { amount: '6' } },
    ]);
    expect(ledger.when(settle(stray, 6n))).toEqual([]);
    expect(ledger.pool('tenant', 'total')).toMatchObject({ posted: 10n, pending: 0n });
  });
});

describe('reap', () => {
  test('settles in full what expired, and a completion that comes later corrects it once', () => {
    const call = reserve(10n);
    const reap = { kind: 'reap' as const, reservation: call.reservation };
    const ledger = given(call);
    expect(ledger.refusal(reap).code).toBe('command.rejected');
    ledger.at(noon + 60_000);
    expect(ledger.when(reap)).toMatchObject([{ data: { amount: '10', unconfirmed: true, tier: 3 } }]);
    expect(ledger.when(reap)).toEqual([]);
    ledger.at(noon + 2 * dayMs);
    const late = settle(call.reservation, 4n);
    // The tier was not known either: all goes back from the dearest, and the truth to its own.
    expect(ledger.when(late)).toMatchObject([
      { type: 'budget.adjusted', data: { amount: '-10', tier: 3 } },
      { type: 'budget.adjusted', data: { amount: '4', tier: 1 } },
    ]);
    expect(ledger.when(late)).toEqual([]);
    expect(ledger.pool('tenant', '2026-11-20')).toMatchObject({ posted: 4n, pending: 0n });
  });
});

describe('policies', () => {
  test('a budget made in mid-window starts at the true figure', () => {
    const call = reserve(80n);
    const ledger = given(call, settle(call.reservation, 80n), define(100n, { period: 'weekly' }));
    expect(ledger.refusal(reserve(21n)).code).toBe('budget.exceeded');
    expect(ledger.when(reserve(20n))).toHaveLength(1);
  });

  test('a reset moves the baseline: what was posted counts no more, what is pending does', () => {
    const spent = reserve(60n);
    const reset = { kind: 'reset' as const, scope: 'user' as const, id: 'u1', period: 'daily' as const };
    const ledger = given(define(100n), spent, settle(spent.reservation, 60n), reserve(30n));
    expect(ledger.when({ ...reset, by: { actor: 'admin' } })).toMatchObject([
      { data: { window: '2026-11-20', baseline: '60' } },
    ]);
    expect(ledger.when({ ...reset, by: { actor: 'admin' } })).toEqual([]);
    expect(ledger.refusal(reserve(71n)).code).toBe('budget.exceeded');
    expect(ledger.when(reserve(70n))).toHaveLength(1);
  });

  test('repeated by its command id, changes nothing, whatever happened since', () => {
    const first = define(100n, { by: { actor: 'admin', command: 'c1' } });
    const ledger = given(first, define(50n));
    expect(ledger.when(first)).toEqual([]);
  });

  test('removed, it no longer refuses; what does not exist is not found', () => {
    const remove = {
      kind: 'remove' as const,
      scope: 'user' as const,
      id: 'u1',
      period: 'daily' as const,
      by: {},
    };
    const ledger = given(define(1n), remove);
    expect(ledger.when(reserve(5n))).toHaveLength(1);
    expect(ledger.refusal(remove).code).toBe('resource.not-found');
  });

  test('windows follow the tenant’s time zone from the moment that it is configured', () => {
    const ledger = given({ kind: 'configure', timeZone: 'Pacific/Kiritimati', by: {} }, reserve(5n));
    expect(ledger.pool('tenant', '2026-11-21')).toMatchObject({ pending: 5n });
    expect(ledger.refusal({ kind: 'configure', timeZone: 'Mars/Olympus', by: {} }).code).toBe(
      'request.invalid',
    );
  });
});

describe('what leaves the state', () => {
  const settled = (ledger: ReturnType<typeof given>, at: number, names: readonly string[]) => {
    ledger.at(at);
    const call = reserve(1n, { reservation: idAt(at), scopes: names });
    ledger.when(call);
    ledger.when(settle(call.reservation, 1n));
  };

  test('closed windows without pending money, idle sessions and runs; never a total that may be asked for', () => {
    const ledger = given();
    settled(ledger, noon, ['tenant', 'session:s1', 'run:r1', 'user:u1']);
    const held = reserve(7n);
    ledger.at(noon);
    ledger.when(held);
    settled(ledger, noon + 40 * dayMs, ['tenant']);
    expect([...ledger.state.scopes.keys()]).toEqual(['tenant', 'user:u1']);
    expect(ledger.pool('user:u1', 'total')).toMatchObject({ posted: 1n });
    // Its windows are closed, but a reservation still holds money in them.
    expect(ledger.pool('user:u1', '2026-11-20')).toMatchObject({ pending: 7n });
    ledger.when(settle(held.reservation, 7n));
    settled(ledger, noon + 41 * dayMs, ['tenant']);
    expect([...(ledger.state.scopes.get('user:u1')?.pools.keys() ?? [])]).toEqual(['total']);
  });

  test('100 days of calls, each in a session of its own, leave a bounded state', () => {
    const ledger = given();
    for (let day = 0; day < 100; day++) {
      settled(ledger, noon + day * dayMs, ['tenant', `session:s${day}`]);
    }
    expect(ledger.state.scopes.size).toBeLessThan(35);
    expect(ledger.state.recent.size + ledger.state.older.size).toBeLessThan(3);
    expect(ledger.state.scopes.get('tenant')?.pools.size).toBeLessThan(9);
  });

  test('a state that is written and read, or copied, goes on like the one that was not', () => {
    const call = reserve(10n);
    const topUp = { kind: 'top-up' as const, reservation: call.reservation, topUp: 'a2', amount: 5n };
    const [first, dropped, last] = [reserve(1n), reserve(2n), reserve(3n)];
    const ledger = given(
      define(100n),
      call,
      topUp,
      reserve(9n),
      first,
      dropped,
      last,
      settle(first.reservation, 1n),
      { kind: 'void', reservation: dropped.reservation },
      settle(last.reservation, 3n),
    );
    expect([...ledger.state.recent.values()]).toEqual(['settled', 'voided', 'settled']);
    const copies = [readLedger(writeLedger(ledger.state, 'c')).state, cloneLedger(ledger.state)];
    const later = noon + 3 * dayMs;
    const next = reserve(5n, { reservation: idAt(later) });
    const go = (state: LedgerState) => {
      for (const command of [settle(call.reservation, 12n), next]) {
        for (const event of ledgerDecider.decide({ command, at: later }, state)) {
          ledgerDecider.evolve(state, event, later);
        }
      }
      return writeLedger(state, 'c');
    };
    const expected = go(ledger.state);
    expect(copies.map(go)).toEqual([expected, expected]);
  });
});
