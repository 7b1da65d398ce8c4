import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { migrate } from '../read-store/index.ts';
import { testDatabase } from '../testing/index.ts';
import { masterKeysOf, postgresVault } from '../vault/index.ts';
import { postgresPasswords } from './index.ts';

const url = await testDatabase();
await migrate(url);
const pool = new pg.Pool({ connectionString: url, max: 4 });
afterAll(() => pool.end());
const passwords = postgresPasswords(pool);

test('a password fits its person in its tenant, and nobody else', async () => {
  await passwords.set('t1', 'u_ana', 'correct horse battery');
  expect(await passwords.check('t1', 'u_ana', 'correct horse battery')).toBe(true);
  expect(await passwords.check('t1', 'u_ana', 'correct horse batter')).toBe(false);
  expect(await passwords.check('t2', 'u_ana', 'correct horse battery')).toBe(false);
  expect(await passwords.check('t1', undefined, 'correct horse battery')).toBe(false);
});

test('it is the same password however its letters were typed', async () => {
  await passwords.set('t1', 'u_jose', 'Jose\u0301 e a lâmpada');
  expect(await passwords.check('t1', 'u_jose', 'José e a lâmpada')).toBe(true);
});

test('another one takes its place, and none is left when it is taken away', async () => {
  await passwords.set('t1', 'u_ben', 'the first of them');
  await passwords.set('t1', 'u_ben', 'the second of them');
  expect(await passwords.check('t1', 'u_ben', 'the first of them')).toBe(false);
  expect(await passwords.check('t1', 'u_ben', 'the second of them')).toBe(true);
  expect([await passwords.remove('t1', 'u_ben'), await passwords.remove('t1', 'u_ben')]).toEqual([
    true,
    false,
  ]);
  expect(await passwords.check('t1', 'u_ben', 'the second of them')).toBe(false);
});

test('the table holds no password, and two of the same are not alike', async () => {
  await passwords.set('t1', 'u_x', 'one password for two');
  await passwords.set('t1', 'u_y', 'one password for two');
  const { rows } = await pool.query<{ hash: string }>(
    `select hash from vault.passwords where subject in ('u_x', 'u_y')`,
  );
  expect(new Set(rows.map(({ hash }) => hash)).size).toBe(2);
  for (const { hash } of rows) expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
});

test('it goes with its person', async () => {
  const vault = postgresVault(
    pool,
    masterKeysOf('a test', () => ['the master key of this test']),
  );
  await passwords.set('t1', 'u_gone', 'a long password');
  await vault.erase('t1', 'u_gone');
  expect(await passwords.check('t1', 'u_gone', 'a long password')).toBe(false);
});
