import { Redis } from 'ioredis';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { CounterChange, CounterStore } from '../../projections/ports.ts';
import { startRedis } from '../servers/index.ts';
import { atEnd, testFolder, testRedis } from '../testing/index.ts';
import { testRedisCluster } from '../testing/redis-cluster.ts';
import { inProcessCounters, redisCounters } from './index.ts';

const at = (n: number) => `epoch-0-${n}` as Position;
const soon = Math.floor(Date.now() / 1000) + 3600;
const posted = (key: string, by: bigint, expireAt: number | null = soon): CounterChange => ({
  key: `budget:{acme}:${key}`,
  field: 'posted',
  by,
  expireAt,
});
const cost = (key: string, by: bigint): CounterChange => ({
  key: `cost:{acme}:${key}`,
  field: null,
  by,
  expireAt: soon,
});

describe.each(['in process', 'Redis', 'Redis Cluster'])('counters: %s', (kind) => {
  let counters: CounterStore;

  beforeAll(async () => {
    if (kind === 'in process') counters = inProcessCounters();
    else counters = redisCounters(kind === 'Redis' ? (await testRedis()).url : await testRedisCluster());
    atEnd(() => counters.close());
  });

  test('adds where the stored position is the one before, and says where it is otherwise', async () => {
    expect(await counters.position('acme')).toBeNull();
    expect(await counters.apply('acme', null, at(3), [cost('1:daily:2026-11-20', 5n)])).toBe(at(3));
    expect(await counters.apply('acme', null, at(3), [cost('1:daily:2026-11-20', 5n)])).toBe(at(3));
    expect(await counters.apply('acme', at(2), at(9), [cost('1:daily:2026-11-20', 7n)])).toBe(at(3));
    expect(await counters.apply('acme', at(3), at(4), [cost('1:daily:2026-11-20', -2n)])).toBe(at(4));
    expect(await counters.read('acme')).toEqual(new Map([['cost:{acme}:1:daily:2026-11-20', 3n]]));
    expect(await counters.position('acme')).toBe(at(4));
  });

  test('is exact beyond 2^53, where a floating-point number is not', async () => {
    const big = 2n ** 60n + 1n;
    await counters.apply('exact', null, at(1), [{ ...posted('x', big), key: 'budget:{exact}:user:u:total' }]);
    await counters.apply('exact', at(1), at(2), [{ ...posted('x', 2n), key: 'budget:{exact}:user:u:total' }]);
    expect(await counters.read('exact')).toEqual(new Map([['budget:{exact}:user:u:total posted', big + 2n]]));
  });

  test('replaces all counters of one tenant at once, and of no other', async () => {
    await counters.apply('other', null, at(1), [{ ...posted('x', 1n), key: 'budget:{other}:user:u:total' }]);
    const stored = await counters.position('acme');
    expect(await counters.replace('acme', at(1), at(8), [])).toBe(false);
    expect(await counters.replace('acme', stored, at(8), [posted('user:u:total', 11n, null)])).toBe(true);
    expect(await counters.read('acme')).toEqual(new Map([['budget:{acme}:user:u:total posted', 11n]]));
    expect((await counters.read('other')).size).toBe(1);
    expect(await counters.position('acme')).toBe(at(8));
  });

  test('what ended is gone; the position stays', async () => {
    const past = Math.floor(Date.now() / 1000) - 10;
    await counters.apply('ended', null, at(1), [
      { ...posted('x', 1n, past), key: 'budget:{ended}:user:u:x' },
    ]);
    expect(await counters.read('ended')).toEqual(new Map());
    expect(await counters.position('ended')).toBe(at(1));
  });

  test('moves the checkpoint of a stream only from where it is', async () => {
    expect(await counters.checkpoints()).toEqual(new Map());
    expect(await counters.moveCheckpoint(0, null, 'a')).toBe(true);
    expect(await counters.moveCheckpoint(0, null, 'b')).toBe(false);
    expect(await counters.moveCheckpoint(0, 'a', 'b')).toBe(true);
    expect(await counters.moveCheckpoint(1, null, 'c')).toBe(true);
    expect(await counters.checkpoints()).toEqual(
      new Map([
        [0, 'b'],
        [1, 'c'],
      ]),
    );
  });
});

test('no key but those of windows ever ends, and no window lives for ever', async () => {
  const server = await startRedis({ dir: testFolder() });
  atEnd(() => server.stop());
  const counters = redisCounters(server.url);
  atEnd(() => counters.close());
  await counters.apply('acme', null, at(1), [
    cost('1:daily:2026-11-20', 5n),
    posted('user:u:daily:2026-11-20', 1n),
    posted('user:u:total', 1n, null),
  ]);
  await counters.moveCheckpoint(0, null, 'a');
  const client = new Redis(server.url);
  const keys = (await client.keys('*')).sort();
  const ttl = await Promise.all(keys.map(async (key) => [key, (await client.ttl(key)) > 0]));
  client.disconnect();
  expect(Object.fromEntries(ttl)).toEqual({
    'budget:{acme}:user:u:daily:2026-11-20': true,
    'budget:{acme}:user:u:total': false,
    'cost:{acme}:1:daily:2026-11-20': true,
    'daybook:counters:checkpoint': false,
    'daybook:counters:{acme}:position': false,
  });
});
