import { afterEach, expect, test } from 'vitest';
import { simulatedServer } from '../../infra/event-log/index.ts';
import { factWriter, type Nano, systemClock, uuidv7 } from '../kernel/index.ts';
import { auditLedger } from './audit.ts';
import { createLedgers, type Ledgers, type Reserved } from './ledgers.ts';
import type { Checkpoint, CheckpointStore } from './ports.ts';
import { startReaper } from './reaper.ts';
import { startSettler } from './settler.ts';

const tenant = 't1';
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function installation(more: { lag?: () => number } = {}) {
  const server = simulatedServer();
  const log = server.connect({ ...more, schedule: () => new Promise(setImmediate) });
  const stored = new Map<string, Checkpoint>();
  const checkpoints: CheckpointStore = {
    load: async (name) => stored.get(name) ?? null,
    save: async (name, checkpoint) => void stored.set(name, checkpoint),
  };
  const ledgers = createLedgers({ log, clock: systemClock, writerId: 'worker:a' });
  const facts = factWriter({ log, clock: systemClock, actor: 'gateway:a' });
  ends.push(() => ledgers.close());
  const running = <T extends { stop(): Promise<void> }>(manager: T): T => {
    ends.push(() => manager.stop());
    return manager;
  };
  const options = { log, checkpoints, clock: systemClock };
  return {
    server,
    stored,
    ledgers,
    settler: (own: Pick<Ledgers, 'settleMany'> = ledgers) =>
      running(startSettler({ ...options, ledgers: own })),
    reaper: () => running(startReaper({ ...options, ledgers, everyMs: 20, graceMs: 0 })),
    reserve: (amount: Nano, livesMs = 60_000) =>
      ledgers.reserve(tenant, {
        reservation: uuidv7(),
        scopes: ['tenant', 'user:u1'],
        amount,
        expiresAt: Date.now() + livesMs,
        actor: 'k1',
      }),
    complete: ({ reservation, scopes, day, granted }: Reserved, cost: Nano) =>
      facts.append(tenant, 'invocations', {
        type: 'invocation.completed',
        data: {
          invocation: reservation,
          trace: reservation,
          key: 'k1',
          user: 'u1',
          requestedModel: 'm',
          streamed: false,
          private: false,
          tier: 1,
          provider: 'p',
          model: 'm',
          outcome: 'ok',
          input: 1,
          output: 1,
          cached: 0,
          reasoning: 0,
          cost: cost.toString(),
          priceVersion: 'v1',
          latencyMs: 1,
          attempts: [],
          reserved: granted.toString(),
          scopes: [...scopes],
          day,
          dataSubject: 'u1',
        },
      }),
    ends: () =>
      server.stored.flatMap(({ commit }) =>
        commit.events.flatMap((event) =>
          event.type === 'budget.settled'
            ? [event.data.unconfirmed ? `unconfirmed ${event.data.amount}` : `settled ${event.data.amount}`]
            : event.type === 'budget.adjusted'
              ? [`adjusted ${event.data.amount}`]
              : [],
        ),
      ),
  };
}

test('every completion is settled once, with two settlers running and one started again', async () => {
  const world = installation();
  const first = world.settler();
  world.settler();
  for (let i = 0; i < 20; i++) await world.complete(await world.reserve(10n), 7n);
  await first.stop();
  world.settler();
  for (let i = 0; i < 20; i++) await world.complete(await world.reserve(10n), 7n);
  await expect.poll(() => world.ends().length, { timeout: 5000 }).toBe(40);
  // A checkpoint that was lost costs repetition, nothing else.
  world.stored.delete('settler');
  const again = world.settler();
  await expect.poll(() => again.status().settled, { timeout: 5000 }).toBe(40);
  expect(world.ends()).toEqual(Array.from({ length: 40 }, () => 'settled 7'));
  expect(auditLedger(world.server.stored.filter(({ subject }) => subject.endsWith('.ledger')))).toMatchObject(
    {
      ok: true,
      open: 0,
    },
  );
});

test('what the ledger cannot take now is tried until it can, and the checkpoint waits for it', async () => {
  const world = installation();
  let down = true;
  const settler = world.settler({
    settleMany: async (of, commands) =>
      down
        ? commands.map(({ reservation }) => ({
            reservation,
            outcome: 'failed',
            position: null,
            error: new Error('down'),
          }))
        : world.ledgers.settleMany(of, commands),
  });
  await world.complete(await world.reserve(10n), 7n);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(settler.status()).toMatchObject({ settled: 0, caughtUp: false });
  down = false;
  await expect.poll(world.ends, { timeout: 5000 }).toEqual(['settled 7']);
  await expect.poll(() => settler.status().caughtUp).toBe(true);
  expect(settler.status().lagMs).toBe(0);
});

test('an expired reservation is settled in full, and a completion that comes later corrects it', async () => {
  const world = installation();
  world.settler();
  const reaper = world.reaper();
  const lost = await world.reserve(10n, 40);
  const kept = await world.reserve(5n);
  await expect.poll(world.ends, { timeout: 5000 }).toEqual(['unconfirmed 10']);
  await world.complete(lost, 4n);
  await expect.poll(world.ends, { timeout: 5000 }).toEqual(['unconfirmed 10', 'adjusted -10', 'adjusted 4']);
  await world.complete(kept, 5n);
  await expect.poll(() => reaper.status().open, { timeout: 5000 }).toBe(0);
  expect(reaper.status().reaped).toBe(1);
});

test('the reaper waits for a settler that is behind: a completion may lie unread on the log', async () => {
  const world = installation();
  const reaper = world.reaper();
  const late = await world.reserve(10n, 30);
  await world.complete(late, 4n);
  await expect.poll(() => reaper.status().waiting, { timeout: 5000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(world.ends()).toEqual([]);
  world.settler();
  await expect.poll(() => reaper.status(), { timeout: 5000 }).toMatchObject({ waiting: 0, open: 0 });
  expect(world.ends()).toEqual(['settled 4']);
});

test('two reapers, one of them started again from its checkpoint, end each reservation once', async () => {
  const world = installation();
  world.settler();
  const first = world.reaper();
  world.reaper();
  for (let i = 0; i < 5; i++) await world.reserve(10n, 2_500);
  await expect.poll(() => first.status().open, { timeout: 5000 }).toBe(5);
  await first.stop();
  expect(JSON.parse(world.stored.get('reaper')?.state ?? '{}').open).toHaveLength(5);
  world.reaper();
  await expect.poll(() => world.ends().length, { timeout: 5000 }).toBe(5);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(world.ends()).toEqual(Array.from({ length: 5 }, () => 'unconfirmed 10'));
});
