import pg from 'pg';
import { expect, test } from 'vitest';
import { createLedgers } from '../../bounded-contexts/budgets/index.ts';
import { systemClock, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { simulatedServer } from '../event-log/index.ts';
import { migrate } from '../read-store/index.ts';
import { atEnd, testDatabase } from '../testing/index.ts';
import { postgresSnapshots } from './index.ts';

test('a ledger that starts from its snapshot in Postgres reads only what came after, and is the same', async () => {
  const url = await testDatabase();
  await migrate(url);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  atEnd(() => pool.end());
  const snapshots = postgresSnapshots(pool);
  expect(await snapshots.load('t1')).toBeNull();

  const server = simulatedServer();
  const ledgersOf = (writerId: string) =>
    createLedgers({ log: server.connect(), clock: systemClock, writerId, snapshots, snapshotEvery: 4 });
  const first = ledgersOf('gateway:a');
  for (let i = 0; i < 10; i++) {
    const expiresAt = Date.now() + 60_000;
    await first.reserve('t1', {
      reservation: uuidv7(),
      scopes: ['tenant'],
      amount: 5n,
      expiresAt,
      actor: 'k1',
    });
  }
  const live = await first.view('t1');
  await expect.poll(async () => (await snapshots.load('t1'))?.position).toBe(server.stored[7]?.position);
  const second = ledgersOf('gateway:b');
  expect(await second.view('t1')).toEqual(live);
  await Promise.all([first.close(), second.close()]);
});
