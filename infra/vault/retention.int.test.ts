import { createSecretKey, randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import {
  followRetention,
  reapplyRetention,
  retentionOf,
  setRetention,
  startRetention,
} from '../../bounded-contexts/governance/index.ts';
import { redacted } from '../../bounded-contexts/kernel/index.ts';
import { simulatedServer } from '../event-log/index.ts';
import { migrate } from '../read-store/index.ts';
import { testDatabase } from '../testing/index.ts';
import { encrypt } from './cipher.ts';
import { dumpVault, fillVault, masterKeysOf, postgresVault } from './index.ts';

const url = await testDatabase();
await migrate(url);
const pool = new pg.Pool({ connectionString: url, max: 4 });
afterAll(() => pool.end());
const master = masterKeysOf('a test', () => ['the master key of this test']);

let now = Date.parse('2026-01-15T10:00:00Z');
const clock = () => now;
const opened = () => postgresVault(pool, master, clock);
const text = Buffer.from('the letter of Ana');
const place = (id: string, field = 'prompt') => ({ tenant: 't1', subject: 'u_ana', id, field });
const report = (error: unknown) => {
  throw error;
};

test('what is of January ends while June lives, in every process, and the log stays whole', async () => {
  const server = simulatedServer();
  const log = server.connect();
  const [vault, other] = [opened(), opened()];
  const following = followRetention({ log, vault: other, report });
  const january = await vault.seal(place('c1'), text);
  const answer = await vault.seal(place('c2', 'answer'), text);
  const profile = await vault.seal(place('c3', 'profile'), text);
  now = Date.parse('2026-06-20T10:00:00Z');
  const june = await vault.seal(place('c4'), text);
  expect(await other.open(place('c1'), january)).toEqual(text);

  let working = 0;
  const counted: unknown[] = [];
  const keeper = startRetention({
    log,
    vault,
    clock,
    count: async (...of) => {
      counted.push(of);
      return 1;
    },
    alone: async (work) => {
      expect(working++).toBe(0);
      await work();
      working--;
    },
    report,
  });
  await setRetention({ log, clock }, 't1', { kind: 'prompts', days: 90 }, { actor: 'k_1' });
  await expect
    .poll(async () => (await retentionOf(log, 't1')).find(({ kind }) => kind === 'prompts'), {
      timeout: 5_000,
    })
    .toEqual({ kind: 'prompts', days: 90, before: '2026-03-22' });
  await expect.poll(() => other.open(place('c1'), january)).toEqual(redacted);
  expect(counted).toEqual([['t1', 'prompts', null, '2026-03-22']]);
  for (const one of [vault, other, opened()]) {
    expect(await one.open(place('c1'), january)).toEqual(redacted);
    // Another kind, another month, and what ends with its person alone.
    expect(await one.open(place('c2', 'answer'), answer)).toEqual(text);
    expect(await one.open(place('c3', 'profile'), profile)).toEqual(text);
    expect(await one.open(place('c4'), june)).toEqual(text);
    // Another tenant's January is its own.
    await expect(one.seal(place('c5'), text, Date.parse('2026-01-20'))).rejects.toMatchObject({
      code: 'vault.redacted',
    });
    await one.seal({ ...place('c5'), tenant: 't2' }, text, Date.parse('2026-01-20'));
  }
  const stored = server.stored.length;
  await setRetention({ log, clock }, 't1', { kind: 'prompts', days: null }, { actor: 'k_1' });
  await keeper.stop();
  expect(await vault.open(place('c1'), january)).toEqual(redacted);
  expect(server.stored.length).toBe(stored + 1);

  // What fell due while nothing ran is ended at the next start, in one go.
  await setRetention({ log, clock }, 't1', { kind: 'prompts', days: 30 }, { actor: 'k_1' });
  now = Date.parse('2026-09-01T00:00:00Z');
  const next = startRetention({ log, vault, clock, count: async () => 1, alone: (work) => work(), report });
  await expect.poll(() => other.open(place('c4'), june), { timeout: 5_000 }).toEqual(redacted);
  await next.execute();
  await next.stop();
  await following.stop();
  const executed = server.stored.flatMap(({ commit }) =>
    commit.events.flatMap((event) => (event.type === 'retention.executed' ? [event.data.before] : [])),
  );
  expect(executed).toEqual(['2026-03-22', '2026-08-02']);

  // A vault that was restored from before it is brought up to the log.
  const rows = await dumpVault(pool);
  const fresh = await testDatabase();
  await migrate(fresh);
  const target = new pg.Pool({ connectionString: fresh, max: 4 });
  try {
    await fillVault(
      target,
      rows.filter(({ table }) => table !== 'period_floors'),
    );
    const restored = postgresVault(target, master, clock);
    expect(await reapplyRetention({ log, vault: restored })).toBe(1);
    expect(await restored.open(place('c2', 'answer'), answer)).toEqual(text);
    const { rows: left } = await target.query(
      `select tenant_id, before from vault.period_floors where kind = 'prompts'`,
    );
    expect(left).toHaveLength(1);
  } finally {
    await target.end();
  }
});

test('what was sealed before there were periods opens as before', async () => {
  const [tenantKey, subjectKey] = [randomBytes(32), randomBytes(32)];
  await pool.query('insert into vault.tenant_keys (tenant_id, wrapped) values ($1, $2)', [
    't9',
    master.wrap(tenantKey, 'tenant\0t9'),
  ]);
  await pool.query('insert into vault.subject_keys (tenant_id, subject, wrapped) values ($1, $2, $3)', [
    't9',
    'u_old',
    encrypt(createSecretKey(tenantKey), subjectKey, 'subject\0t9\0u_old'),
  ]);
  const sealed = encrypt(createSecretKey(subjectKey), text, 't9\0u_old\0c1\0prompt');
  const old = { tenant: 't9', subject: 'u_old', id: 'c1', field: 'prompt' };
  expect(await opened().open(old, sealed)).toEqual(text);
});

test('a value does not open as of another day or kind', async () => {
  now = Date.parse('2026-09-02T00:00:00Z');
  const vault = opened();
  const at = Date.parse('2026-09-01T12:00:00Z');
  const sealed = Buffer.from(await vault.seal(place('c9'), text, at));
  const today = Buffer.from(await vault.seal(place('c9'), text));
  const moved = Buffer.concat([today.subarray(0, 7), sealed.subarray(7)]);
  expect(await vault.open(place('c9'), sealed)).toEqual(text);
  await expect(vault.open(place('c9'), moved)).rejects.toThrow();
});
