import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../testing/index.ts';
import { aloneBy } from './retention.ts';

const url = await testDatabase();
const pools = [
  new pg.Pool({ connectionString: url, max: 2 }),
  new pg.Pool({ connectionString: url, max: 2 }),
];
afterAll(() => Promise.all(pools.map((pool) => pool.end())));

test('of two processes one works, the other passes it over, and each may when the other is done or has failed', async () => {
  const [first, second] = pools.map((pool) => aloneBy(pool));
  const done: string[] = [];
  const release = Promise.withResolvers<void>();
  const working = first?.(async () => {
    done.push('first');
    await release.promise;
  });
  await expect.poll(() => done).toEqual(['first']);
  await second?.(async () => void done.push('second meanwhile'));
  expect(done).toEqual(['first']);
  release.resolve();
  await working;
  await expect(second?.(() => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
  await first?.(async () => void done.push('first again'));
  expect(done).toEqual(['first', 'first again']);
});
