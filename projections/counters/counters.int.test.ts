import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { redisCounters } from '../../infra/counters/index.ts';
import { startRedis } from '../../infra/servers/index.ts';
import { atEnd, testFolder } from '../../infra/testing/index.ts';
import { history } from '../testing/history.ts';
import { appendLedger, ledgerModel } from '../testing/ledger.ts';
import { world } from '../testing/world.ts';

test('counters on Redis equal the ledger after it came back older, empty, and was killed', async () => {
  const w = await world();
  const dir = testFolder();
  let server = await startRedis({ dir });
  const { port } = server;
  atEnd(() => server.stop());
  const counters = redisCounters(server.url);
  atEnd(() => counters.close());
  const running = w.start(counters);
  const h = history(5);
  const models = { acme: ledgerModel(), quiet: ledgerModel() };
  const admin = new Redis(server.url, { retryStrategy: () => 50 });
  admin.on('error', () => {});
  atEnd(() => admin.disconnect());

  const agree = async () => {
    for (const [tenant, model] of Object.entries(models)) {
      await expect
        .poll(() => counters.position(tenant).catch(() => null), { timeout: 10_000 })
        .toBe(model.head);
      const values = await counters.read(tenant);
      expect(values.get(`budget:{${tenant}}:tenant:${tenant}:total posted`)).toBe(
        model.posted.get('tenant total'),
      );
      for (const [name, cost] of model.tiers) {
        const [tier, window] = name.split(' ') as [string, string];
        if (window.length !== 10) continue;
        expect(values.get(`cost:{${tenant}}:${tier}:daily:${window}`) ?? 0n).toBe(cost);
      }
    }
    expect((await running.diff('counters')).differences).toEqual([]);
  };

  await appendLedger(w.log, h, 'quiet', 20, models.quiet);
  await appendLedger(w.log, h, 'acme', 20, models.acme);
  await agree();

  // Older: everything goes back to what it was two steps ago, checkpoint included.
  const dump = new Map<string, Buffer>();
  for (const key of await admin.keys('*')) dump.set(key, (await admin.dumpBuffer(key)) as Buffer);
  await appendLedger(w.log, h, 'acme', 20, models.acme);
  await agree();
  // At once, as a server comes back: nobody counts in between.
  const back = admin.multi().flushall();
  for (const [key, value] of dump) back.restore(key, 0, value);
  await back.exec();
  await appendLedger(w.log, h, 'acme', 5, models.acme);
  await agree();

  // Empty, while nobody spends: it is noticed with the next look at the log's end.
  await admin.flushall();
  await appendLedger(w.log, h, 'acme', 1, models.acme);
  await agree();

  await server.kill();
  await appendLedger(w.log, h, 'acme', 10, models.acme);
  server = await startRedis({ dir, port });
  await agree();

  // Wrong by whatever hand: a comparison says so, a rebuild cures it.
  await admin.incrby('cost:{acme}:1:daily:2026-11-20', 7);
  expect((await running.diff('counters')).differences).toHaveLength(1);
  await running.rebuild('counters');
  await agree();
});
