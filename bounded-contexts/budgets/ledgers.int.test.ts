import { expect, test } from 'vitest';
import { openJetStreamLog } from '../../infra/event-log/index.ts';
import { natsLedgerChannel } from '../../infra/ledger-channel/index.ts';
import { atEnd, testNats } from '../../infra/testing/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import { type EventLog, type Recorded, subjectOf, systemClock, uuidv7 } from '../kernel/index.ts';
import { auditLedger, createLedgers, type Ledgers } from './index.ts';

const server = await testNats();

async function gateway(writerId: string, withChannel: boolean): Promise<{ log: EventLog; ledgers: Ledgers }> {
  const log = await openJetStreamLog({ url: server.url });
  const channel = withChannel ? natsLedgerChannel(log.connection) : null;
  const ledgers = createLedgers({ log, clock: systemClock, writerId, channel });
  atEnd(async () => {
    await ledgers.close();
    await log.close();
  });
  return { log, ledgers };
}

async function commits(log: EventLog, tenant: string): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const recorded of log.read(subjectOf(tenant, 'ledger'), null)) all.push(recorded);
  return all;
}

const scopes = ['tenant', 'user:u1', 'key:k1'];

test.each([
  ['one gateway', 't1', ['gateway:a'], false],
  ['two gateways with a channel', 't2', ['gateway:b', 'gateway:c'], true],
  ['two gateways without one', 't3', ['gateway:d', 'gateway:e'], false],
] as const)(
  'of 200 concurrent callers at %s on one hard budget that pays 50, exactly 50 are granted',
  async (...row) => {
    const [, tenant, ids, withChannel] = row;
    const gateways = await Promise.all(ids.map((id) => gateway(id, withChannel)));
    const first = gateways[0] as (typeof gateways)[number];
    const policy = { scope: 'user', id: 'u1', period: 'monthly', actor: 'admin' } as const;
    await first.ledgers.define(tenant, { ...policy, limit: 50_000n, mode: 'hard' });
    const calls = await Promise.allSettled(
      Array.from({ length: 200 }, async (_, index) => {
        const { ledgers } = gateways[index % gateways.length] as typeof first;
        const reserved = await ledgers.reserve(tenant, {
          reservation: uuidv7(),
          scopes,
          amount: 1000n,
          expiresAt: Date.now() + 60_000,
          actor: 'k1',
        });
        await ledgers.settle(tenant, { ...reserved, amount: 1000n, tier: 1, actor: 'settler' });
      }),
    );
    const refused = calls.flatMap((call) => (call.status === 'rejected' ? [call.reason] : []));
    expect(calls.length - refused.length).toBe(50);
    expect(refused.filter((error) => isDaybookError(error, 'budget.exceeded'))).toHaveLength(150);
    const audit = auditLedger(await commits(first.log, tenant));
    expect(audit).toMatchObject({ ok: true, reservations: 50, open: 0 });
    for (const { ledgers } of gateways) {
      expect((await ledgers.view(tenant)).budgets).toMatchObject([
        { posted: 50_000n, pending: 0n, remaining: 0n },
      ]);
    }
  },
);

test('two busy gateways end up with one writer, and none of their callers waits a second', async () => {
  const pair = await Promise.all(['gateway:f', 'gateway:g'].map((id) => gateway(id, true)));
  const waits: number[] = [];
  await Promise.all(
    pair.flatMap(({ ledgers }) =>
      Array.from({ length: 16 }, async () => {
        for (let i = 0; i < 50; i++) {
          const begun = performance.now();
          const expiresAt = Date.now() + 60_000;
          await ledgers.reserve('t4', { reservation: uuidv7(), scopes, amount: 1n, expiresAt, actor: 'k1' });
          waits.push(performance.now() - begun);
        }
      }),
    ),
  );
  const stored = await commits((pair[0] as (typeof pair)[number]).log, 't4');
  expect(new Set(stored.slice(-5).map(({ commit }) => commit.actor)).size).toBe(1);
  expect(auditLedger(stored)).toMatchObject({ ok: true, reservations: 1600 });
  expect(Math.max(...waits)).toBeLessThan(1000);
});

test('a gateway whose writer has gone takes over at once', async () => {
  const [leader, follower] = await Promise.all(['gateway:h', 'gateway:i'].map((id) => gateway(id, true)));
  const reserve = (ledgers: Ledgers | undefined) =>
    ledgers?.reserve('t5', {
      reservation: uuidv7(),
      scopes,
      amount: 1n,
      expiresAt: Date.now() + 60_000,
      actor: 'k1',
    });
  await reserve(leader?.ledgers);
  await reserve(follower?.ledgers);
  await leader?.ledgers.close();
  const begun = performance.now();
  await reserve(follower?.ledgers);
  expect(performance.now() - begun).toBeLessThan(1000);
});
