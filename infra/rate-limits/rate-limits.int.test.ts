import fc from 'fast-check';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RateBound, RateLimiter, RateUnit, Taken } from '../../bounded-contexts/kernel/index.ts';
import { startRedis } from '../servers/index.ts';
import { atEnd, testFolder, testRedis } from '../testing/index.ts';
import { testRedisCluster } from '../testing/redis-cluster.ts';
import { inProcessRates, redisRates } from './index.ts';

const bound = (unit: RateUnit, limit: number, scope: string, amount = 1): RateBound => ({
  policy: `${scope}-${unit}`,
  scope: `calls:${scope}`,
  unit,
  limit,
  amount,
});
let count = 0;
const request = () => `req_${++count}`;

async function taken(rates: RateLimiter, tenant: string, bounds: readonly RateBound[], leaseMs = 60_000) {
  const admission = await rates.take(tenant, request(), bounds, leaseMs);
  if (!admission.admitted) throw new Error('It was refused.');
  return admission.taken;
}

describe.each(['in process', 'Redis', 'Redis Cluster'])('rate limits: %s', (kind) => {
  let rates: RateLimiter;

  beforeAll(async () => {
    if (kind === 'in process') rates = inProcessRates();
    else rates = await redisRates(kind === 'Redis' ? (await testRedis()).url : await testRedisCluster());
    atEnd(() => rates.close());
  });

  test('admits as many as the limit says and not one more, told apart by tenant and scope', async () => {
    const bounds = [bound('requests', 3, 'key:a')];
    for (const remaining of [2, 1, 0]) {
      const admission = await rates.take('t', request(), bounds, 60_000);
      expect(admission).toMatchObject({ admitted: true, standings: [{ remaining }] });
      expect(admission.standings[0]?.resetMs).toBeGreaterThan(50_000);
      expect(admission.standings[0]?.resetMs).toBeLessThanOrEqual(65_000);
    }
    const refused = await rates.take('t', request(), bounds, 60_000);
    expect(refused).toMatchObject({ admitted: false, refusedBy: bounds[0], standings: [{ remaining: 0 }] });
    expect(refused.admitted ? 0 : refused.retryAfterMs).toBeGreaterThan(50_000);
    expect(await rates.take('other', request(), bounds, 60_000)).toMatchObject({ admitted: true });
    expect(await rates.take('t', request(), [bound('requests', 3, 'key:b')], 60_000)).toMatchObject({
      admitted: true,
    });
  });

  test('takes from all scopes or from none', async () => {
    const wide = bound('requests', 10, 'key:wide');
    const narrow = bound('requests', 1, 'user:narrow');
    await taken(rates, 't', [wide, narrow]);
    for (let n = 0; n < 5; n++) {
      const admission = await rates.take('t', request(), [wide, narrow], 60_000);
      expect(admission).toMatchObject({
        admitted: false,
        refusedBy: narrow,
        standings: [{ remaining: 9 }, {}],
      });
    }
    expect(await rates.take('t', request(), [wide], 60_000)).toMatchObject({
      admitted: true,
      standings: [{ remaining: 8 }],
    });
  });

  test('many at once are admitted exactly up to the limit', async () => {
    const bounds = [bound('requests', 25, 'key:rush'), bound('concurrent', 1_000, 'tenant:rush')];
    const all = await Promise.all(
      Array.from({ length: 200 }, () => rates.take('t', request(), bounds, 60_000)),
    );
    expect(all.filter(({ admitted }) => admitted)).toHaveLength(25);
  });

  test('tokens are taken ahead and corrected by what was used', async () => {
    const of = (amount: number) => [bound('tokens', 1_000, 'key:tokens', amount)];
    const first = await taken(rates, 't', of(900));
    expect(await rates.take('t', request(), of(200), 60_000)).toMatchObject({ admitted: false });
    await rates.giveBack(first, 100);
    expect(await rates.take('t', request(), of(200), 60_000)).toMatchObject({
      admitted: true,
      standings: [{ remaining: 700 }],
    });
    const second = await taken(rates, 't', of(600));
    // More than what was taken ahead: the next one waits for it.
    await rates.giveBack(second, 2_000);
    expect(await rates.take('t', request(), of(1), 60_000)).toMatchObject({
      admitted: false,
      standings: [{ remaining: 0 }],
    });
  });

  test('a call of more tokens than the limit takes all of it, and is not refused for ever', async () => {
    const bounds = [bound('tokens', 1_000, 'key:large', 50_000)];
    await taken(rates, 't', bounds);
    expect(await rates.take('t', request(), bounds, 60_000)).toMatchObject({ admitted: false });
  });

  test('a place is free as soon as its request is over, or its lease', async () => {
    const bounds = [bound('concurrent', 2, 'key:places')];
    const first = await taken(rates, 't', bounds);
    const leased = performance.now();
    await taken(rates, 't', bounds, 2_000);
    const refused = await rates.take('t', request(), bounds, 60_000);
    expect(refused).toMatchObject({ admitted: false, retryAfterMs: 1_000 });
    await rates.giveBack(first, 0);
    await taken(rates, 't', bounds);
    expect(await rates.take('t', request(), bounds, 60_000)).toMatchObject({ admitted: false });
    await expect.poll(async () => (await rates.take('t', request(), bounds, 60_000)).admitted).toBe(true);
    expect(performance.now() - leased).toBeGreaterThanOrEqual(2_000);
  });

  test('a limit that is changed holds for the very next request', async () => {
    const of = (limit: number) => [bound('requests', limit, 'key:changed')];
    await taken(rates, 't', of(1));
    expect(await rates.take('t', request(), of(1), 60_000)).toMatchObject({ admitted: false });
    await taken(rates, 't', of(2));
    expect(await rates.take('t', request(), of(2), 60_000)).toMatchObject({ admitted: false });
  });
});

test('no minute, wherever it begins, sees more than the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ gapMs: fc.integer({ min: 0, max: 20_000 }), amount: fc.integer({ min: 1, max: 7 }) }),
        {
          maxLength: 60,
        },
      ),
      async (steps) => {
        let now = 1_000_000_003;
        const rates = inProcessRates(() => now);
        const admitted: { at: number; amount: number }[] = [];
        for (const { gapMs, amount } of steps) {
          now += gapMs;
          const admission = await rates.take('t', request(), [bound('tokens', 10, 'k', amount)], 1);
          if (admission.admitted) admitted.push({ at: now, amount });
          else {
            expect(admission.retryAfterMs).toBeGreaterThan(0);
            expect(admission.retryAfterMs).toBeLessThanOrEqual(65_000);
          }
        }
        for (const { at } of admitted) {
          const minute = admitted.filter((one) => one.at >= at && one.at < at + 60_000);
          expect(minute.reduce((sum, one) => sum + one.amount, 0)).toBeLessThanOrEqual(10);
        }
      },
    ),
  );
});

test('whoever waits as long as a refusal says is admitted', async () => {
  let now = 5_000_000_123;
  const rates = inProcessRates(() => now);
  for (let n = 0; n < 200; n++) {
    const admission = await rates.take('t', request(), [bound('tokens', 10, 'k', 3)], 1);
    if (!admission.admitted) {
      now += admission.retryAfterMs - 1;
      expect(await rates.take('t', request(), [bound('tokens', 10, 'k', 3)], 1)).toMatchObject({
        admitted: false,
      });
      now += 1;
      expect(await rates.take('t', request(), [bound('tokens', 10, 'k', 3)], 1)).toMatchObject({
        admitted: true,
      });
    }
    now += 700;
  }
});

test('two gateways on one Redis admit exactly the limit together', async () => {
  const { url } = await testRedis();
  const both = [await redisRates(url), await redisRates(url)];
  atEnd(() => Promise.all(both.map((one) => one.close())));
  const bounds = [bound('requests', 100, 'key:shared'), bound('tokens', 1_500, 'tenant:shared', 10)];
  const all = await Promise.all(
    Array.from({ length: 400 }, (_, n) => (both[n % 2] as RateLimiter).take('t', request(), bounds, 60_000)),
  );
  expect(all.filter(({ admitted }) => admitted)).toHaveLength(100);
  expect(both.map((one) => one.shared())).toEqual([true, true]);
});

test('while Redis is away each gateway counts for itself, and together again once it is back', async () => {
  const dir = testFolder();
  let server = await startRedis({ dir });
  atEnd(() => server.stop());
  const { port } = new URL(server.url);
  const rates = await redisRates(server.url);
  atEnd(() => rates.close());
  const bounds = [bound('requests', 5, 'key:outage'), bound('concurrent', 5, 'key:outage')];
  const before = await taken(rates, 't', bounds);
  await server.stop();
  const during: Taken[] = [];
  for (let n = 0; n < 5; n++) during.push(await taken(rates, 't', bounds));
  expect(during.every(({ local }) => local)).toBe(true);
  expect(await rates.take('t', request(), bounds, 60_000)).toMatchObject({ admitted: false });
  expect(rates.shared()).toBe(false);
  // What was taken at Redis cannot be given back there now, and nobody is hurt.
  await rates.giveBack(before, 0);
  for (const one of during) await rates.giveBack(one, 0);
  server = await startRedis({ dir, port: Number(port) });
  const deadline = performance.now() + 10_000;
  for (;;) {
    const admission = await rates.take('t', request(), bounds, 60_000);
    if (admission.admitted && !admission.taken.local) break;
    if (performance.now() > deadline) throw new Error('It never came back.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(rates.shared()).toBe(true);
});

test('every key of a limit ends by itself', async () => {
  const { url } = await testRedis();
  const rates = await redisRates(url);
  atEnd(() => rates.close());
  await taken(rates, 't', [bound('requests', 5, 'k'), bound('concurrent', 5, 'k'), bound('tokens', 5, 'k')]);
  const client = new Redis(url);
  const keys = (await client.keys('*')).sort();
  const ends = await Promise.all(keys.map(async (key) => (await client.pttl(key)) > 0));
  client.disconnect();
  expect(keys).toEqual([
    'rate:{t}:calls:k:concurrent',
    'rate:{t}:calls:k:requests',
    'rate:{t}:calls:k:tokens',
  ]);
  expect(ends).toEqual([true, true, true]);
});
