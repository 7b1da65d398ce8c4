import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditLedger } from '../../bounded-contexts/budgets/index.ts';
import type { Recorded } from '../../bounded-contexts/kernel/index.ts';
import { subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { openJetStreamLog } from '../../infra/event-log/index.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;

beforeAll(async () => {
  // 100 output tokens at $10 a million: one call costs its bound, $0.001, exactly.
  upstream = await scriptedUpstream({ exact: answers('an answer', usageOf(0, 100)) });
  running = await testDaybook({
    config: `
providers: [{ id: test, kind: openai-compatible, baseUrl: "${upstream.url}" }]
models: [{ name: exact, provider: test, price: { input: "0", output: "10" } }]
`,
  });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

interface Budgets {
  data: { postedUsd: string; pendingUsd: string; remainingUsd: string; window: string; id: string }[];
}

test('200 callers on one hard budget that pays exactly 50 calls: 50 are answered, 150 refused, and all books agree', async () => {
  await running.json('/api/v1/budgets', {
    method: 'POST',
    body: { scope: 'user', id: 'ana', period: 'total', limitUsd: '0.05', mode: 'hard' },
  });

  const outcomes = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const response = await fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'test/exact',
          max_tokens: 100,
          user: 'ana',
          messages: [{ role: 'user', content: 'hello' }],
        }),
      });
      return {
        status: response.status,
        retry: response.headers.get('x-should-retry'),
        body: (await response.json()) as { error?: { code: string; type: string } },
      };
    }),
  );
  expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(50);
  const refused = outcomes.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(150);
  for (const { retry, body } of refused) {
    expect(retry).toBe('false');
    expect(body.error).toMatchObject({ code: 'insufficient_quota', type: 'insufficient_quota' });
  }
  expect(upstream.calls).toHaveLength(50);

  // Postgres: the read model of budgets, and that of invocations.
  const { data } = await running.eventually<Budgets>(
    '/api/v1/budgets/user/ana',
    (body) => body.data[0]?.postedUsd === '0.05' && body.data[0].pendingUsd === '0',
  );
  expect(data[0]?.remainingUsd).toBe('0');
  const { totalUsd } = await running.eventually<{ totalUsd: string }>(
    '/api/v1/costs?groupBy=user',
    (body) => body.totalUsd === '0.05',
  );
  expect(totalUsd).toBe('0.05');
  await running.eventually<{ data: unknown[] }>(
    '/api/v1/invocations?outcome=refused&limit=500',
    (body) => body.data.length === 150,
  );

  // The ledger itself, folded by the independent audit.
  const log = await openJetStreamLog({ url: running.daybook.urls.nats ?? '' });
  const commits: Recorded[] = [];
  for await (const recorded of log.read(subjectOf('default', 'ledger'), null)) commits.push(recorded);
  await log.close();
  expect(auditLedger(commits).breaks).toEqual([]);
  const posted = commits
    .flatMap(({ commit }) => commit.events)
    .reduce((sum, event) => (event.type === 'budget.settled' ? sum + BigInt(event.data.amount) : sum), 0n);
  expect(posted).toBe(50_000_000n);

  // Redis.
  const redis = new Redis(running.daybook.urls.redis ?? '');
  const keys = await redis.keys('budget:{default}:user:*:total');
  expect(keys).toHaveLength(1);
  const counted = await redis.hgetall(keys[0] ?? '');
  const tierKeys = await redis.keys('cost:{default}:1:daily:*');
  const tier = await redis.get(tierKeys[0] ?? '');
  redis.disconnect();
  expect(counted).toMatchObject({ posted: '50000000' });
  expect(Number(counted['pending'] ?? 0)).toBe(0);
  expect(tier).toBe('50000000');
});
