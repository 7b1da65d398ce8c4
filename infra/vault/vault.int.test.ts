import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { redacted } from '../../bounded-contexts/kernel/index.ts';
import { migrate } from '../read-store/index.ts';
import { testDatabase } from '../testing/index.ts';
import { dumpVault, fillVault, masterKeysOf, postgresVault } from './index.ts';

const url = await testDatabase();
await migrate(url);
const pool = new pg.Pool({ connectionString: url, max: 4 });
afterAll(() => pool.end());
const keyOf = (text: string) => masterKeysOf('a test', () => [text]);
const master = keyOf('the master key of this test');
/** Another process: nothing of what it knows is in this one's memory. */
const opened = () => postgresVault(pool, master);
const vault = opened();

const text = Buffer.from('the letter of Ana');
const place = { tenant: 't1', subject: 'u_ana', id: 'c1', field: 'prompt' };
const rowsOf = async (subject: string) =>
  (await pool.query('select wrapped, erased_at from vault.subject_keys where subject = $1', [subject])).rows;

describe('contents', () => {
  test('open where they were sealed, in this process and in any other', async () => {
    const sealed = await vault.seal(place, text);
    expect(Buffer.from(sealed).includes(text)).toBe(false);
    expect(await vault.open(place, sealed)).toEqual(text);
    expect(await opened().open(place, sealed)).toEqual(text);
  });

  test.each([{ tenant: 't2' }, { subject: 'u_bob' }, { id: 'c2' }, { field: 'answer' }])(
    'do not open in another place: %o',
    async (other) => {
      const sealed = await vault.seal(place, text);
      await vault.seal({ ...place, ...other }, text);
      await expect(vault.open({ ...place, ...other }, sealed)).rejects.toThrow();
    },
  );

  test('that were changed in any byte do not open', async () => {
    const sealed = await vault.seal(place, text);
    for (const at of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      await expect(vault.open(place, changed)).rejects.toThrow();
    }
    await expect(vault.open(place, Buffer.alloc(3))).rejects.toThrow(RangeError);
  });

  test('of a person who was erased are redacted, and no new key is ever made for them', async () => {
    const mine = { ...place, subject: 'u_gone' };
    const other = opened();
    const sealed = await other.seal(mine, text);
    await vault.erase('t1', 'u_gone');
    await vault.erase('t1', 'u_gone');
    expect(await vault.open(mine, sealed)).toEqual(redacted);
    await expect(vault.seal(mine, text)).rejects.toMatchObject({ code: 'vault.redacted' });
    expect(await rowsOf('u_gone')).toEqual([{ wrapped: null, erased_at: expect.any(Date) }]);
    // The other process still holds the key, until it hears of the erasure.
    expect(await other.open(mine, sealed)).toEqual(text);
    other.forget('t1', 'u_gone');
    expect(await other.open(mine, sealed)).toEqual(redacted);
  });

  test('erased before any key was made stay without one', async () => {
    await vault.erase('t1', 'u_never');
    await expect(vault.seal({ ...place, subject: 'u_never' }, text)).rejects.toMatchObject({
      code: 'vault.redacted',
    });
  });
});

describe('opaque ids', () => {
  test('are the same for ever for one caller, and others for each tenant, kind and name', async () => {
    const id = await vault.opaqueId('t1', 'user', 'ana@example.com');
    expect(id).toMatch(/^u_[A-Za-z0-9_-]{16}$/);
    expect(await opened().opaqueId('t1', 'user', 'ana@example.com')).toBe(id);
    const others = await Promise.all([
      vault.opaqueId('t2', 'user', 'ana@example.com'),
      vault.opaqueId('t1', 'agent', 'ana@example.com'),
      vault.opaqueId('t1', 'user', 'Ana@example.com'),
    ]);
    expect(new Set([id, ...others]).size).toBe(4);
  });

  test('are revealed in their tenant only, and not stored in the clear', async () => {
    const raw = 'bob@example.com, with \u0000 and ünïcödé';
    const id = await vault.opaqueId('t1', 'user', raw);
    expect(await opened().reveal('t1', [id, 'u_unknown', id])).toEqual(new Map([[id, raw]]));
    expect(await vault.reveal('t2', [id])).toEqual(new Map());
    const { rows } = await pool.query('select row_to_json(o)::text as row from vault.opaque_ids o');
    expect(rows.map(({ row }) => row).join()).not.toContain(Buffer.from('bob@').toString('hex'));
  });

  test('asking for one makes none', async () => {
    expect(await vault.knownId('t1', 'user', 'stranger')).toBeUndefined();
    expect(await vault.knownId('t1', 'user', 'stranger')).toBeUndefined();
  });

  test('two processes that meet a new caller at the same moment agree', async () => {
    for (let round = 0; round < 10; round++) {
      const ids = await Promise.all(
        [opened(), opened(), opened()].map((one) => one.opaqueId('t3', 'user', `r${round}`)),
      );
      expect(new Set(ids).size).toBe(1);
    }
  });

  test('of a person who was erased are gone; who comes again is somebody new', async () => {
    const id = await vault.opaqueId('t1', 'user', 'carla');
    await vault.erase('t1', id);
    expect(await vault.reveal('t1', [id])).toEqual(new Map());
    expect(await vault.knownId('t1', 'user', 'carla')).toBeUndefined();
    expect(await vault.opaqueId('t1', 'user', 'carla')).not.toBe(id);
  });
});

test('a secret is made once, whoever asks first', async () => {
  const [a, b] = await Promise.all([opened().secret('position'), opened().secret('position')]);
  expect(a).toEqual(b);
  expect(a).toHaveLength(32);
  expect(await vault.secret('other')).not.toEqual(a);
});

test('another master key opens nothing, and is told so in words', async () => {
  await vault.seal(place, text);
  const stranger = postgresVault(pool, keyOf('a stranger’s'));
  await expect(stranger.seal(place, text)).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('DAYBOOK_MASTER_KEY'),
  });
});

test('Postgres gone is vault.unavailable, without a word of what was asked', async () => {
  const away = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:9/none' });
  const error = await postgresVault(away, master)
    .opaqueId('t1', 'user', 'ana@example.com')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'vault.unavailable' });
  expect(String(error)).not.toContain('ana');
  await away.end();
});

test('a dumped vault fills an empty one, in which all opens; it is never put over another', async () => {
  const sealed = await vault.seal(place, text);
  const id = await vault.opaqueId('t1', 'user', 'dora');
  const rows = await dumpVault(pool);
  const there = await testDatabase();
  await migrate(there);
  const target = new pg.Pool({ connectionString: there, max: 2 });
  await fillVault(target, rows);
  const restored = postgresVault(target, master);
  expect(await restored.open(place, sealed)).toEqual(text);
  expect(await restored.reveal('t1', [id])).toEqual(new Map([[id, 'dora']]));
  await expect(fillVault(target, rows)).rejects.toMatchObject({ code: 'config.invalid' });
  await target.end();
});
