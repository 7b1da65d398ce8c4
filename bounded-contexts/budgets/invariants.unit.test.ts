import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldCommit, type Recorded, subjectOf, unfolded } from '../kernel/index.ts';
import { auditLedger } from './audit.ts';
import { ledgerDecider } from './decide.ts';
import { writeLedger } from './snapshot.ts';
import { type Call, newCall, tenant, type World, world } from './testing/world.ts';

/**
 * The invariants of the ledger (docs/adr/0020), attacked: any interleaving of calls on several writers that
 * crash, hear nothing, hear twice, and know only a stale state, while windows change and reservations expire.
 */
const writer = fc.nat({ max: 2 });
const pick = fc.nat({ max: 30 });
const money = fc.bigInt({ min: 0n, max: 1200n });
const hour = 3_600_000;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      writer,
      user: fc.nat({ max: 2 }),
      amount: money,
      floor: money,
      cost: money,
      lives: fc.constantFrom(10_000, hour, 40 * hour),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('settle' as const), writer, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('top-up' as const), writer, pick, amount: money }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('void' as const), writer, pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), writer, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reap' as const), writer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), writer }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('define' as const),
      writer,
      scope: fc.constantFrom('tenant' as const, 'user' as const, 'session' as const),
      user: fc.nat({ max: 2 }),
      period: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const, 'total' as const),
      limit: fc.bigInt({ min: 0n, max: 6000n }),
      mode: fc.constantFrom('hard' as const, 'hard' as const, 'soft' as const),
      next: fc.constantFrom('keep' as const, 'keep' as const, 'reset' as const, 'remove' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('zone' as const),
      writer,
      zone: fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Europe/Lisbon'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(1, 30_000, 70_000, hour, 9 * hour, 26 * hour),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const scenario = fc.record({
  writers: fc.constantFrom(1, 2, 3),
  channel: fc.boolean(),
  faults: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'lost-send' as const,
          'lost-ack' as const,
          'late' as const,
          'unavailable' as const,
          'full' as const,
        ),
      },
    ),
    { maxLength: 12 },
  ),
  readFaults: fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('timeout' as const, 'unavailable' as const) },
    ),
    { maxLength: 12 },
  ),
  lostAnswers: fc.array(fc.boolean(), { maxLength: 5 }),
  delays: fc.array(fc.nat({ max: 6 }), { maxLength: 9 }),
  // The steps of a group happen at the same time.
  groups: fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 10 }),
});

interface Told {
  readonly calls: Call[];
  /** What was acknowledged, to be repeated. */
  readonly done: (() => Promise<unknown>)[];
  commands: number;
  /** Ms that the clock was moved on. */
  passed: number;
}

const actor = 'test';

async function take(w: World, told: Told, s: Step): Promise<void> {
  const call = 'pick' in s ? told.calls[s.pick % Math.max(1, told.calls.length)] : undefined;
  switch (s.do) {
    case 'time':
      // Corrections and command ids are remembered for a week.
      if (told.passed + s.ms > 6 * 24 * hour) return;
      told.passed += s.ms;
      return w.advance(s.ms);
    case 'crash':
      return w.crash(s.writer);
    case 'zone': {
      await w.writer(s.writer).configure(tenant, { timeZone: s.zone, actor });
      return;
    }
    case 'reserve': {
      const made = newCall(w.now(), s.user, s.amount, s.floor, s.cost);
      const expiresAt = w.now() + s.lives;
      told.calls.push(made);
      const reserve = (at: number) =>
        w.writer(at).reserve(tenant, {
          reservation: made.id,
          scopes: made.scopes,
          amount: made.amount,
          floor: made.floor,
          expiresAt,
          actor,
          waitForPendingMs: 30,
          deadlineMs: 4000,
        });
      const reserved = await reserve(s.writer);
      expect(reserved.granted).toBeGreaterThanOrEqual(made.floor);
      expect(reserved.granted).toBeLessThanOrEqual(made.amount);
      made.granted = reserved.granted;
      made.day = reserved.day;
      told.done.push(() => reserve(0));
      return;
    }
    case 'top-up': {
      if (call?.granted == null) return;
      const command = { reservation: call.id, amount: s.amount, actor, commandId: `top-${told.commands++}` };
      await w.writer(s.writer).topUp(tenant, command);
      told.done.push(() => w.writer(1).topUp(tenant, command));
      return;
    }
    case 'settle': {
      // Only what was granted is dispatched, and only what was dispatched completes.
      if (call?.granted == null || call.voided) return;
      call.settled = true;
      const command = {
        reservation: call.id,
        amount: call.cost,
        tier: 1,
        scopes: call.scopes,
        day: call.day,
        actor,
      };
      const settled = await w.writer(s.writer).settle(tenant, command);
      expect(settled.outcome).not.toBe('failed');
      told.done.push(() => w.writer(0).settle(tenant, command));
      return;
    }
    case 'void': {
      if (call?.granted == null || call.settled) return;
      call.voided = true;
      await w.writer(s.writer).release(tenant, { reservation: call.id, actor });
      told.done.push(() => w.writer(2).release(tenant, { reservation: call.id, actor }));
      return;
    }
    case 'repeat':
      await told.done[s.pick % Math.max(1, told.done.length)]?.();
      return;
    case 'reap':
      await w.writer(s.writer).reap(
        tenant,
        told.calls.map(({ id }) => id),
      );
      return;
    case 'define': {
      const commandId = `c-${told.commands++}`;
      const key = {
        scope: s.scope,
        id: s.scope === 'session' ? `s${s.user}` : `u${s.user}`,
        period: s.period,
        actor,
      };
      const define = { ...key, limit: s.limit, mode: s.mode, commandId };
      const ledgers = w.writer(s.writer);
      await ledgers.define(tenant, define);
      told.done.push(() => w.writer(1).define(tenant, define));
      const { next } = s;
      if (next === 'keep') return;
      const after = { ...key, commandId: `${commandId}-next` };
      await ledgers[next](tenant, after);
      told.done.push(() => w.writer(1)[next](tenant, after));
      return;
    }
    default:
      return s satisfies never;
  }
}

function replay(commits: readonly Recorded[]) {
  let folded = unfolded(ledgerDecider);
  for (const recorded of commits) folded = foldCommit(ledgerDecider, folded, recorded);
  return folded;
}

/** What the log says was posted for each reservation. */
function posted(commits: readonly Recorded[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { commit } of commits) {
    for (const event of commit.events) {
      if (event.type !== 'budget.settled' && event.type !== 'budget.adjusted') continue;
      const { reservation, amount } = event.data;
      sums.set(reservation, (sums.get(reservation) ?? 0n) + BigInt(amount));
    }
  }
  return sums;
}

/** Most of a scenario is waiting, so several go on at the same time. */
const lanes = 8;

test('no interleaving breaks an invariant', { timeout: 150_000 }, async () => {
  const property = () =>
    fc.asyncProperty(scenario, async ({ groups, ...options }) => {
      const w = world(options);
      const told: Told = { calls: [], done: [], commands: 0, passed: 0 };
      for (const group of groups) await Promise.allSettled(group.map((s) => take(w, told, s)));
      await w.calm();

      // Each call that completed is settled in the end, since the settler tries for ever.
      for (const call of told.calls) {
        if (!call.settled) continue;
        const { id, cost, scopes, day } = call;
        await w.writer(0).settle(tenant, { reservation: id, amount: cost, tier: 1, scopes, day, actor });
      }
      const commits = w.server.stored;
      const audit = auditLedger(commits);
      expect(audit.breaks).toEqual([]);
      const sums = posted(commits);
      for (const { id, settled, cost } of told.calls) if (settled) expect(sums.get(id), id).toBe(cost);

      // Repeating whatever was acknowledged yields nothing new.
      await Promise.allSettled(told.done.map((again) => again()));
      const events = (all: readonly Recorded[]) => all.flatMap(({ commit }) => commit.events);
      expect(events(w.server.stored).slice(events(commits).length)).toEqual([]);

      // Each snapshot is live state: it equals the fold of all commits up to it.
      const last = commits.at(-1);
      for (const snapshot of w.snapshots.slice(-3)) {
        const upTo = commits.findIndex(({ position }) => position === snapshot.position);
        const folded = replay(commits.slice(0, upTo + 1));
        expect(snapshot.state).toBe(writeLedger(folded.state, commits[upTo]?.commit.id ?? ''));
      }
      // And what all writers show is what the log says, audit and fold alike.
      const state = last ? replay(commits).state : null;
      for (const scope of state?.scopes.values() ?? []) {
        for (const pool of scope.pools.values()) {
          const naive = audit.pools.get(`${subjectOf(tenant, 'ledger')} ${scope.name}:${pool.window}`);
          expect({ posted: pool.posted, pending: pool.pending }).toEqual(
            naive ?? { posted: 0n, pending: 0n },
          );
        }
      }
      expect(audit.open).toBe(state?.reservations.size ?? 0);
      await w.close();
    });
  await Promise.all(Array.from({ length: lanes }, () => fc.assert(property(), { numRuns: 40 })));
});
