import { connect } from 'nats';
import { expect, test } from 'vitest';
import { openJetStreamLog } from '../../infra/event-log/index.ts';
import { testNats } from '../../infra/testing/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import { systemClock, uuidv7 } from '../kernel/index.ts';
import { createLedgers } from './index.ts';

test('exactly 50 of 200 concurrent callers are granted where a hard budget pays 50', async () => {
  const server = await testNats();
  void connect;
  const log = await openJetStreamLog({ url: server.url });
  const ledgers = createLedgers({ log, clock: systemClock, writerId: 'gateway:a' });
  await ledgers.define('t1', {
    scope: 'user',
    id: 'u1',
    period: 'monthly',
    limit: 50_000n,
    mode: 'hard',
    actor: 'admin',
  });
  const calls = await Promise.allSettled(
    Array.from({ length: 200 }, async () => {
      const reservation = uuidv7();
      const scopes = ['tenant', 'user:u1', 'key:k1'];
      const reserved = await ledgers.reserve('t1', {
        reservation,
        scopes,
        amount: 1000n,
        expiresAt: Date.now() + 60_000,
        actor: 'k1',
      });
      await ledgers.settle('t1', {
        reservation,
        amount: 1000n,
        tier: 1,
        scopes: reserved.scopes,
        day: reserved.day,
        actor: 'settler',
      });
    }),
  );
  const refused = calls.filter((c) => c.status === 'rejected' && isDaybookError(c.reason, 'budget.exceeded'));
  expect(refused.length).toBe(150);
  expect(calls.filter((c) => c.status === 'fulfilled').length).toBe(50);
  const view = await ledgers.view('t1');
  expect(view.budgets[0]?.posted).toBe(50_000n);
  expect(view.open).toBe(0);
  await ledgers.close();
  await log.close();
});
