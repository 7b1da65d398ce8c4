import { afterEach, expect, test } from 'vitest';
import { type AppendFault, simulatedServer } from '../../infra/event-log/index.ts';
import { systemClock, uuidv7 } from '../kernel/index.ts';
import { auditLedger } from './audit.ts';
import { entriesACommit } from './head.ts';
import { createLedgers, type Ledgers, type Reserve } from './ledgers.ts';
import type { LedgerChannel, LedgerSnapshot, SnapshotStore } from './ports.ts';
import { entriesOf, readLedger } from './snapshot.ts';

const tenant = 't1';
const actor = 'k1';
const open: Ledgers[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((ledgers) => ledgers.close()));
});

function ledgersOn(
  server: ReturnType<typeof simulatedServer>,
  more: {
    writerId?: string;
    channel?: LedgerChannel;
    snapshots?: SnapshotStore;
    snapshotEvery?: number;
    onAppend?: () => AppendFault | undefined;
  } = {},
): Ledgers {
  const { writerId = 'gateway:a', onAppend, ...options } = more;
  const log = server.connect({
    ...(onAppend ? { onAppend } : {}),
    schedule: () => new Promise(setImmediate),
  });
  const ledgers = createLedgers({ log, clock: systemClock, writerId, silenceMs: 60, ...options });
  open.push(ledgers);
  return ledgers;
}

const call = (amount: bigint, more: Partial<Reserve> = {}): Reserve => ({
  reservation: uuidv7(),
  scopes: ['tenant', 'user:u1'],
  amount,
  expiresAt: Date.now() + 60_000,
  actor,
  ...more,
});

const limit = (ledgers: Ledgers, amount: bigint) =>
  ledgers.define(tenant, { scope: 'user', id: 'u1', period: 'total', limit: amount, mode: 'hard', actor });

const types = (server: ReturnType<typeof simulatedServer>) =>
  server.stored.flatMap(({ commit }) => commit.events.map(({ type }) => type));

test('commands that arrive together share one commit', async () => {
  const server = simulatedServer();
  const ledgers = ledgersOn(server);
  await Promise.all(Array.from({ length: 100 }, () => ledgers.reserve(tenant, call(1n))));
  expect(server.stored).toHaveLength(1);
  expect(server.stored[0]?.commit).toMatchObject({ actor: 'gateway:a', prev: null });
});

test('no commit is larger than the log takes, however many commands wait', async () => {
  const server = simulatedServer();
  const ledgers = ledgersOn(server);
  const wide = ['tenant', ...Array.from({ length: 6 }, (_, index) => `session:${'s'.repeat(70)}${index}`)];
  await Promise.all(Array.from({ length: 2000 }, () => ledgers.reserve(tenant, call(1n, { scopes: wide }))));
  expect(server.stored.length).toBeGreaterThan(2);
  expect(Math.max(...server.stored.map(({ bytes }) => bytes))).toBeLessThanOrEqual(512 * 1024);
});

test('waits while only pending money stands in the way, and passes once it is freed', async () => {
  const server = simulatedServer();
  const ledgers = ledgersOn(server);
  await limit(ledgers, 100n);
  const held = await ledgers.reserve(tenant, call(100n));
  const waiting = ledgers.reserve(tenant, call(60n));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await ledgers.settle(tenant, { ...held, amount: 40n, tier: 1, actor });
  expect((await waiting).granted).toBe(60n);
});

test('passes also where another process frees the money', async () => {
  const server = simulatedServer();
  const [mine, other] = [ledgersOn(server), ledgersOn(server, { writerId: 'worker:b' })];
  await limit(mine, 100n);
  const held = await mine.reserve(tenant, call(100n));
  const waiting = mine.reserve(tenant, call(60n));
  await other.settle(tenant, { ...held, amount: 40n, tier: 1, actor });
  expect((await waiting).granted).toBe(60n);
});

test('refuses what still waits for pending money after its time, with the figures of that moment', async () => {
  const ledgers = ledgersOn(simulatedServer());
  await limit(ledgers, 100n);
  await ledgers.reserve(tenant, call(70n));
  const begun = performance.now();
  await expect(ledgers.reserve(tenant, call(31n, { waitForPendingMs: 80 }))).rejects.toMatchObject({
    code: 'budget.exceeded',
    fields: { pendingUsd: '0.00000007', postedUsd: '0' },
  });
  expect(performance.now() - begun).toBeGreaterThan(70);
});

test('never refuses from a stale state: a limit that another process raised counts at once', async () => {
  const server = simulatedServer();
  const [mine, other] = [ledgersOn(server), ledgersOn(server, { writerId: 'gateway:b' })];
  await limit(mine, 10n);
  await expect(mine.reserve(tenant, call(11n))).rejects.toMatchObject({ code: 'budget.exceeded' });
  await limit(other, 20n);
  expect((await mine.reserve(tenant, call(11n))).granted).toBe(11n);
});

test('whoever is told `ledger.busy` has nothing reserved, even if the reservation was stored', async () => {
  const server = simulatedServer();
  let silent = true;
  const ledgers = ledgersOn(server, { onAppend: () => (silent ? 'lost-send' : undefined) });
  const busy = ledgers.reserve(tenant, call(5n, { deadlineMs: 60 }));
  await expect(busy).rejects.toMatchObject({ code: 'ledger.busy' });
  silent = false;
  await expect.poll(() => types(server), { timeout: 5000 }).toEqual(['budget.reserved', 'budget.voided']);
  expect(auditLedger(server.stored)).toMatchObject({ ok: true, open: 0 });
});

test('nothing else is decided while the fate of a commit is unknown', async () => {
  const server = simulatedServer();
  let faults = 8;
  const ledgers = ledgersOn(server, { onAppend: () => (faults-- > 0 ? 'lost-send' : undefined) });
  const results = await Promise.all([
    ledgers.reserve(tenant, call(5n)),
    new Promise((resolve) => setTimeout(resolve, 30)).then(() => ledgers.reserve(tenant, call(6n))),
  ]);
  expect(results.map(({ granted }) => granted)).toEqual([5n, 6n]);
  expect(types(server)).toEqual(['budget.reserved', 'budget.reserved']);
}, 15_000);

test('what the log surely refused fails at once, and leaves no trace in the next decision', async () => {
  const server = simulatedServer();
  let down = false;
  const ledgers = ledgersOn(server, { onAppend: () => (down ? 'unavailable' : undefined) });
  await limit(ledgers, 10n);
  down = true;
  await expect(ledgers.reserve(tenant, call(10n))).rejects.toMatchObject({ code: 'log.unavailable' });
  down = false;
  expect((await ledgers.reserve(tenant, call(10n))).granted).toBe(10n);
});

function localChannel() {
  const listeners = new Map<string, (body: string) => Promise<string>>();
  let requests = 0;
  const channel: LedgerChannel = {
    serve: async (writerId, answer) => {
      listeners.set(writerId, answer);
      return async () => void listeners.delete(writerId);
    },
    request: async (writerId, body, timeoutMs) => {
      requests++;
      const silence = new Promise<null>((resolve) => setTimeout(() => resolve(null), timeoutMs));
      return Promise.race([listeners.get(writerId)?.(body) ?? null, silence]);
    },
  };
  return { channel, listeners, requests: () => requests };
}

/** Callers that ask one after another, as fast as they are answered. */
const callers = (ledgers: Ledgers, count: number, calls: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      for (let i = 0; i < calls; i++) await ledgers.reserve(tenant, call(1n));
    }),
  );

test('of two busy writers one passes its commands on, and both go on', async () => {
  const server = simulatedServer();
  const { channel, requests } = localChannel();
  const pair = ['gateway:a', 'gateway:b'].map((writerId) => ledgersOn(server, { writerId, channel }));
  await Promise.all(pair.map((ledgers) => callers(ledgers, 8, 40)));
  expect(requests()).toBeGreaterThan(0);
  // From then on there is one writer.
  const writers = server.stored.slice(-10).map(({ commit }) => commit.actor);
  expect(new Set(writers).size).toBe(1);
  expect(auditLedger(server.stored)).toMatchObject({ ok: true, reservations: 640, open: 640 });
});

test('takes over from a writer that has fallen silent, and answers within its deadline', async () => {
  const server = simulatedServer();
  const { channel, listeners } = localChannel();
  const pair = ['gateway:a', 'gateway:b'].map((writerId) => ledgersOn(server, { writerId, channel }));
  await Promise.all(pair.map((ledgers) => callers(ledgers, 8, 20)));
  const leader = server.stored.at(-1)?.commit.actor as string;
  listeners.set(leader, () => new Promise(() => {}));
  const follower = pair[leader === 'gateway:a' ? 1 : 0] as Ledgers;
  const begun = performance.now();
  await follower.reserve(tenant, call(1n));
  expect(performance.now() - begun).toBeLessThan(1000);
  expect(server.stored.at(-1)?.commit.actor).not.toBe(leader);
});

test('two writers without a channel go on by retries alone, and never tell of a conflict', async () => {
  const server = simulatedServer();
  const pair = ['gateway:a', 'gateway:b'].map((writerId) => ledgersOn(server, { writerId }));
  await Promise.all(pair.map((ledgers) => callers(ledgers, 8, 10)));
  expect(auditLedger(server.stored)).toMatchObject({ ok: true, reservations: 160, open: 160 });
});

test.each([
  ['good', (snapshot: LedgerSnapshot) => snapshot],
  ['damaged', (snapshot: LedgerSnapshot) => ({ ...snapshot, state: snapshot.state.replace('u1', 'u2') })],
  ['of another fold', (snapshot: LedgerSnapshot) => ({ ...snapshot, foldVersion: -1 })],
  [
    'of another history',
    (snapshot: LedgerSnapshot) => ({ ...snapshot, position: 'other-0-3' as typeof snapshot.position }),
  ],
])('a snapshot that is %s gives the same ledger', async (_, change) => {
  const server = simulatedServer();
  const taken: LedgerSnapshot[] = [];
  const snapshots: SnapshotStore = {
    load: async () => null,
    save: async (snapshot) => void taken.push(snapshot),
  };
  const first = ledgersOn(server, { snapshots, snapshotEvery: 3 });
  await limit(first, 100n);
  for (let i = 0; i < 8; i++) await first.reserve(tenant, call(1n));
  await first.view(tenant);
  let loads = 0;
  const changed: SnapshotStore = {
    load: async () => {
      loads++;
      return change(taken.at(-1) as LedgerSnapshot);
    },
    save: async () => {},
  };
  const second = ledgersOn(server, { writerId: 'gateway:b', snapshots: changed });
  expect(await second.view(tenant)).toEqual(await first.view(tenant));
  expect([loads, taken.length]).toEqual([1, 3]);
});

test('a busy ledger writes a snapshot only once enough was committed to pay for it', async () => {
  const server = simulatedServer();
  const taken: LedgerSnapshot[] = [];
  const snapshots: SnapshotStore = {
    load: async () => taken.at(-1) ?? null,
    save: async (snapshot) => void taken.push(snapshot),
  };
  const ledgers = ledgersOn(server, { snapshots, snapshotEvery: 3 });
  for (let batch = 0; batch < 30; batch++) {
    const held = await Promise.all(Array.from({ length: 100 }, () => ledgers.reserve(tenant, call(1n))));
    await Promise.all(
      held.map((one, index) =>
        index % 10 === 0
          ? ledgers.release(tenant, { ...one, actor })
          : ledgers.settle(tenant, { ...one, amount: 1n, tier: 1, actor }),
      ),
    );
  }
  const commits = server.stored.map(({ position }) => position);
  const ends = [...taken.map(({ position }) => commits.indexOf(position) + 1), commits.length];
  for (const [index, { state }] of taken.entries()) {
    const entries = entriesOf(readLedger(state).state);
    const before = index === 0 ? 0 : (ends[index - 1] as number);
    expect((ends[index] as number) - before).toBeGreaterThanOrEqual(Math.max(3, entries / entriesACommit));
    // Nor is the next one late: what is folded after it stays in proportion.
    const grown = entries + 100 * ((ends[index + 1] as number) - (ends[index] as number));
    expect((ends[index + 1] as number) - (ends[index] as number)).toBeLessThanOrEqual(
      3 + grown / entriesACommit,
    );
  }
  expect(taken.length).toBeLessThan(commits.length / 6);
  const again = ledgersOn(server, { writerId: 'gateway:b', snapshots });
  expect(await again.view(tenant)).toEqual(await ledgers.view(tenant));
});

test('the remainder is known from memory, of the tightest budget in force', async () => {
  const ledgers = ledgersOn(simulatedServer());
  expect(ledgers.remaining(tenant, ['tenant', 'user:u1'])).toBeNull();
  await limit(ledgers, 100n);
  const { remaining } = await ledgers.reserve(tenant, call(30n));
  expect(remaining).toBe(70n);
  expect(ledgers.remaining(tenant, ['tenant', 'user:u1'])).toBe(70n);
  expect(ledgers.remaining(tenant, ['tenant', 'user:u2'])).toBeNull();
});

test('the ledger can be looked at while callers never let its writer rest', async () => {
  const ledgers = ledgersOn(simulatedServer());
  let stop = false;
  const busy = Array.from({ length: 8 }, async () => {
    while (!stop) await ledgers.reserve(tenant, call(1n));
  });
  await ledgers.reserve(tenant, call(1n));
  const views = await Promise.all([ledgers.view(tenant), ledgers.view(tenant)]);
  expect(views[0]?.open).toBeGreaterThan(0);
  stop = true;
  await Promise.all(busy);
});

test('nothing is granted from memory on a log that has another history', async () => {
  const server = simulatedServer();
  const ledgers = ledgersOn(server);
  await limit(ledgers, 10n);
  await ledgers.reserve(tenant, call(5n));
  server.recreate('other');
  for (let i = 0; i < 2; i++) {
    await expect(ledgers.reserve(tenant, call(1n))).rejects.toMatchObject({ code: 'log.history-changed' });
  }
  expect(server.stored).toEqual([]);
  // Another process, or this one after a restart, begins with what the log holds: nothing.
  expect((await ledgersOn(server, { writerId: 'gateway:b' }).reserve(tenant, call(50n))).granted).toBe(50n);
});
