import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { simulatedServer } from '../../infra/event-log/simulated.ts';
import type { EventLog } from '../kernel/index.ts';
import {
  changeDepartment,
  changeMembership,
  changeTenant,
  changeUser,
  issueKey,
  revokeKey,
  rotateKey,
  type WantedKey,
} from './commands.ts';
import { type Directory, directory } from './directory.ts';
import { newKeySecret } from './secret.ts';

const hourMs = 3_600_000;
let now = Date.parse('2026-11-20T12:00:00Z');
const clock = () => now;
let log: EventLog;
let known: Directory;
const asked = { tenant: 'acme', actor: 'test' };
const ports = () => ({ log, clock });
const issue = (wanted: Partial<WantedKey> = {}) =>
  issueKey(ports(), asked, { name: 'x', role: 'service', ...wanted });

/** What the directory says of a secret once it has heard of what was just done. */
const says = (secret: string) => ({
  soon: (expected: unknown) => expect.poll(() => known.authenticate(secret)).toEqual(expected),
});
const letIn = (what: object = {}) => expect.objectContaining({ tenant: 'acme', ...what });

beforeEach(async () => {
  now = Date.parse('2026-11-20T12:00:00Z');
  log = simulatedServer().connect();
  known = directory(log, clock, (error) => {
    throw error;
  });
  await known.ready;
});
afterEach(() => known.stop());

describe('a key', () => {
  test('lets its principal in, the very same object each time, until it is revoked', async () => {
    const { key, secret } = await issue({ models: ['openai/*'] });
    await says(secret).soon(letIn({ key, role: 'service', models: ['openai/*'], departments: [] }));
    expect(known.authenticate(secret)).toBe(known.authenticate(secret));
    await revokeKey(ports(), asked, key);
    await says(secret).soon('auth.invalid-key');
  });

  test('that expires is refused from that moment on', async () => {
    const { secret } = await issue({ expiresAt: new Date(now + hourMs).toISOString() });
    await says(secret).soon(letIn());
    now += hourMs;
    expect(known.authenticate(secret)).toBe('auth.expired-key');
  });

  test('rotated is known by both secrets while they overlap, then by the new one alone', async () => {
    const { key, secret } = await issue();
    const { secret: next } = await rotateKey(ports(), asked, { key, overlapMs: hourMs });
    await says(next).soon(letIn({ key }));
    expect(known.authenticate(secret)).toMatchObject({ key });
    now += hourMs;
    expect(known.authenticate(secret)).toBe('auth.invalid-key');
    expect(known.authenticate(next)).toMatchObject({ key });
  });

  test('of a suspended tenant, or of a disabled person, is refused until that ends', async () => {
    await changeUser(ports(), asked, { kind: 'register', user: 'u_1' });
    const { secret } = await issue({ role: 'member', user: 'u_1' });
    await says(secret).soon(letIn({ user: 'u_1' }));
    await changeTenant(ports(), asked, { kind: 'create', tenant: 'acme', name: 'Acme' });
    await changeTenant(ports(), asked, { kind: 'suspend', tenant: 'acme' });
    await says(secret).soon('auth.tenant-suspended');
    await changeTenant(ports(), asked, { kind: 'resume', tenant: 'acme' });
    await says(secret).soon(letIn());
    await changeUser(ports(), asked, { kind: 'disable', user: 'u_1' });
    await says(secret).soon('auth.user-disabled');
    await changeUser(ports(), asked, { kind: 'enable', user: 'u_1' });
    await says(secret).soon(letIn());
  });

  test('of a person has their departments, as roles come and go', async () => {
    await changeUser(ports(), asked, { kind: 'register', user: 'u_1' });
    for (const department of ['d_1', 'd_2']) {
      const fields = { slug: department, name: department, icon: null, description: null, settings: {} };
      await changeDepartment(ports(), asked, { kind: 'create', department, ...fields });
    }
    const { secret } = await issue({ role: 'department-lead', user: 'u_1' });
    const grant = (department: string, role: 'department-lead' | 'member') =>
      changeMembership(ports(), asked, { kind: 'grant', user: 'u_1', department, role });
    await grant('d_1', 'department-lead');
    await grant('d_2', 'member');
    await says(secret).soon(letIn({ departments: ['d_1'] }));
    await grant('d_2', 'department-lead');
    await says(secret).soon(letIn({ departments: ['d_1', 'd_2'] }));
    await changeMembership(ports(), asked, { kind: 'revoke', user: 'u_1', department: 'd_1' });
    await says(secret).soon(letIn({ departments: ['d_2'] }));
  });

  test('is private and keeps its cached answers to itself where its tenant says so', async () => {
    const { secret } = await issue();
    await says(secret).soon(letIn());
    await changeTenant(ports(), asked, { kind: 'create', tenant: 'acme', name: 'Acme' });
    const policies = { privacy: 'local-only', cache: 'key' } as const;
    await changeTenant(ports(), asked, { kind: 'update', tenant: 'acme', changes: { policies } });
    await says(secret).soon(letIn({ private: 'tenant', ownCache: true }));
  });

  test('issued anew under another id after a revocation stays in force when the first is revoked again', async () => {
    const secret = 'an-operators-own-secret';
    const first = await issue({ secret });
    await revokeKey(ports(), asked, first.key);
    const second = await issue({ secret });
    await says(secret).soon(letIn({ key: second.key }));
    await revokeKey(ports(), asked, first.key);
    const marker = await issue();
    await says(marker.secret).soon(letIn());
    expect(known.authenticate(secret)).toMatchObject({ key: second.key });
    expect(known.size).toBe(2);
  });
});

test('what is unknown, and what is mistyped, is refused', async () => {
  expect(known.authenticate(newKeySecret())).toBe('auth.invalid-key');
  expect(known.authenticate('dbk_00000000000000000000000000000000000001')).toBe('auth.invalid-key');
});

test('uses of a key are taken at most once in an hour, and only of keys that were used', async () => {
  const { key, secret } = await issue();
  await says(secret).soon(letIn());
  const firstAt = now;
  expect(known.takeUses(hourMs)).toEqual([{ tenant: 'acme', key, at: firstAt }]);
  now += hourMs - 1;
  known.authenticate(secret);
  expect(known.takeUses(hourMs)).toEqual([]);
  now += 1;
  known.authenticate(secret);
  expect(known.takeUses(hourMs)).toEqual([{ tenant: 'acme', key, at: now }]);
  expect(known.takeUses(hourMs)).toEqual([]);
});

test('a directory that starts later knows the same', async () => {
  const { secret, key } = await issue();
  const { secret: gone, key: revoked } = await issue();
  await revokeKey(ports(), asked, revoked);
  const later = directory(log, clock, () => {});
  await later.ready;
  expect(later.authenticate(secret)).toMatchObject({ key });
  expect(later.authenticate(gone)).toBe('auth.invalid-key');
  await later.stop();
});
