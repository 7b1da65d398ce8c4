import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { migrate } from '../read-store/index.ts';
import { testDatabase, testFolder } from '../testing/index.ts';
import {
  addMasterKey,
  dropOldMasterKeys,
  managedSecrets,
  masterKeys,
  postgresVault,
  rewrapVault,
} from './index.ts';

const url = await testDatabase();
await migrate(url);
const pool = new pg.Pool({ connectionString: url, max: 4 });
afterAll(() => pool.end());

const none = { present: undefined, previous: undefined };
const place = (tenant: string) => ({ tenant, subject: 'u_ana', id: 'c1', field: 'prompt' });
const text = Buffer.from('the letter of Ana');

test('the master key changes while others read and write, and all opens by the new one alone', async () => {
  const dir = join(testFolder(), 'data');
  mkdirSync(dir);
  const file = join(dir, 'master.key');
  const held = masterKeys(none, dir);
  const vault = postgresVault(pool, held);
  const secrets = managedSecrets(pool, held);
  const sealed = await vault.seal(place('t1'), text);
  const position = await vault.secret('position');
  await secrets.put('openai', 'the key of a provider');

  addMasterKey(dir);
  const [present, previous] = readFileSync(file, 'utf8').trim().split('\n');
  expect(previous).toBeDefined();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // Who does not know of it yet goes on, and whoever comes new opens what the old key wrapped.
  expect(await secrets.open('openai')).toBe('the key of a provider');
  expect(await postgresVault(pool, masterKeys(none, dir)).open(place('t1'), sealed)).toEqual(text);
  // What is made now is wrapped by the new one, also by who was there before.
  const later = await vault.seal(place('t2'), text);

  // By who has held the old key all the time, as the command line has.
  expect(await rewrapVault(pool, held)).toBe(3);
  expect(await rewrapVault(pool, held)).toBe(0);
  dropOldMasterKeys(dir);
  expect(readFileSync(file, 'utf8').trim()).toBe(present);

  const fresh = masterKeys(none, dir);
  const after = postgresVault(pool, fresh);
  expect(await after.open(place('t1'), sealed)).toEqual(text);
  expect(await after.open(place('t2'), later)).toEqual(text);
  expect(await after.secret('position')).toEqual(position);
  expect(await managedSecrets(pool, fresh).open('openai')).toBe('the key of a provider');
  expect(await secrets.open('openai')).toBe('the key of a provider');

  const old = postgresVault(pool, masterKeys({ present: previous, previous: undefined }, dir));
  await expect(old.open(place('t1'), sealed)).rejects.toMatchObject({ code: 'config.invalid' });
});

test('a secret lies in the table only wrapped, and its age is from its last change', async () => {
  const dir = join(testFolder(), 'data');
  mkdirSync(dir);
  const keys = masterKeys({ present: 'the master key of this test, long enough', previous: undefined }, dir);
  await pool.query('delete from vault.managed_secrets');
  const secrets = managedSecrets(pool, keys);
  await secrets.put('hook', 'very secret indeed');
  const { rows } = await pool.query(`select encode(wrapped, 'escape') as text from vault.managed_secrets`);
  expect(JSON.stringify(rows)).not.toContain('secret indeed');
  const [first] = (await secrets.list()).filter(({ name }) => name === 'hook');
  await secrets.put('hook', 'another one');
  const [second] = (await secrets.list()).filter(({ name }) => name === 'hook');
  expect(second?.rotatedAt.getTime()).toBeGreaterThan(first?.rotatedAt.getTime() ?? Number.POSITIVE_INFINITY);
  expect(await secrets.remove('hook')).toBe(true);
  expect(await secrets.remove('hook')).toBe(false);
  expect(await secrets.open('hook')).toBeUndefined();
});
