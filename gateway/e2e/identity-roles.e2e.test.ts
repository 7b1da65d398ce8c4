import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, secondGateway, testDaybook } from '../../infra/testing/daybook.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

const model = 'builtin/extractive';

interface Listed {
  readonly data: Record<string, unknown>[];
}

let first: RunningTestDaybook;
let second: RunningTestDaybook;
let admin: Actor;
/** By name, in the order of the story below. */
let lead: Actor;
let ana: Actor;
let bob: Actor;
let auditor: Actor;
let after = '';

async function holder(body: object): Promise<Actor> {
  const one = actor(first.url, (await issueFor(admin, { name: 'x', ...body })).secret);
  await one.inForce();
  return one;
}

beforeAll(async () => {
  first = await testDaybook();
  second = await secondGateway(first);
  admin = actor(first.url);
  for (const slug of ['legal', 'sales']) await admin.json('POST', '/api/v1/departments', { slug });
  for (const id of ['ana', 'bob', 'lea'])
    await admin.json('POST', '/api/v1/users', {
      id,
      displayName: `${id} of the marker`,
      email: `${id}@example.com`,
    });
  await admin.json('PUT', '/api/v1/members/lea/legal', { role: 'department-lead' });
  await admin.json('PUT', '/api/v1/members/ana/legal', { role: 'member' });
  await admin.json('PUT', '/api/v1/members/bob/sales', { role: 'member' });
  lead = await holder({ role: 'department-lead', user: 'lea' });
  ana = await holder({ role: 'member', user: 'ana' });
  bob = await holder({ role: 'member', user: 'bob' });
  auditor = await holder({ role: 'auditor' });
  for (const slug of ['legal', 'sales'])
    await admin.json('POST', '/api/v1/budgets', {
      scope: 'department',
      id: slug,
      period: 'daily',
      limitUsd: '1',
    });
  for (const one of [ana, bob]) {
    const answer = await one.call(model);
    expect(answer.status).toBe(200);
    after = answer.headers.get('daybook-position') ?? '';
  }
}, 90_000);

afterAll(async () => {
  await second.stop();
  await first.stop();
});

describe('of calls, costs and budgets', () => {
  const users = async (one: Actor, query = '') =>
    (await one.json<Listed>('GET', `/api/v1/invocations?after=${after}${query}`)).data.map(
      ({ user }) => user,
    );

  test('a member sees its own, whatever it asks for', async () => {
    expect(await users(ana)).toEqual(['ana']);
    expect(await users(ana, '&user=bob')).toEqual([]);
    const spent = await ana.json<Listed>('GET', `/api/v1/costs?groupBy=user&after=${after}`);
    expect(spent.data.map(({ group }) => group)).toEqual(['ana']);
    expect((await ana.fetch('GET', '/api/v1/budgets')).status).toBe(403);
    const [theirs] = (await bob.json<Listed>('GET', '/api/v1/invocations')).data;
    for (const path of [
      `/api/v1/invocations/${theirs?.['id']}`,
      `/api/v1/invocations/${theirs?.['id']}/decision`,
    ]) {
      expect((await ana.fetch('GET', path)).status).toBe(404);
      expect((await bob.fetch('GET', path)).status).toBe(200);
    }
  });

  test('a lead sees those of its departments, filters or not', async () => {
    expect(await users(lead)).toEqual(['ana']);
    expect(await users(lead, '&department=sales')).toEqual([]);
    const spent = await lead.json<Listed>('GET', `/api/v1/costs?groupBy=department&after=${after}`);
    expect(spent.data.map(({ group }) => group)).toEqual(['legal']);
    for (const path of ['/api/v1/budgets', '/api/v1/budgets/utilization'])
      expect((await lead.json<Listed>('GET', path)).data.map(({ id }) => id)).toEqual(['legal']);
    expect((await lead.fetch('GET', '/api/v1/budgets/department/sales')).status).toBe(404);
    expect((await lead.json<Listed>('GET', '/api/v1/budgets/top-spenders?scope=user')).data).toEqual([]);
    const departments = await lead.json<Listed>('GET', '/api/v1/departments');
    expect(departments.data.map(({ slug }) => slug)).toEqual(['legal']);
    expect((await lead.fetch('GET', '/api/v1/departments/sales')).status).toBe(404);
  });

  test('an auditor sees all, and no content; a service sees none', async () => {
    expect((await users(auditor)).sort()).toEqual(['ana', 'bob']);
    const [one] = (await auditor.json<Listed>('GET', '/api/v1/invocations')).data;
    const path = `/api/v1/invocations/${one?.['id']}`;
    await expect
      .poll(() => admin.json('GET', path))
      .toMatchObject({ prompt: expect.stringContaining('How are you?') });
    expect(await auditor.json('GET', path)).toMatchObject({ prompt: null, answer: null });
    expect((await auditor.fetch('GET', '/api/v1/events')).status).toBe(200);
    expect((await auditor.call(model)).status).toBe(403);
    expect((await auditor.fetch('POST', '/api/v1/departments', { slug: 'x' })).status).toBe(403);
    const service = await holder({ role: 'service' });
    expect((await service.fetch('GET', '/api/v1/invocations')).status).toBe(403);
    expect((await service.fetch('GET', '/v1/models')).status).toBe(200);
  });
});

describe('of people', () => {
  test('nothing personal is in any event; a profile is for who may read contents', async () => {
    const { position } = await admin.json<{ position: string }>('PUT', '/api/v1/users/ana/profile', {
      displayName: 'Ana of the marker',
    });
    const path = `/api/v1/users/ana?after=${position}`;
    await expect
      .poll(() => admin.json('GET', path))
      .toMatchObject({ id: 'ana', profile: { displayName: 'Ana of the marker' } });
    expect(await auditor.json('GET', path)).toMatchObject({ id: 'ana', profile: null });
    const events = JSON.stringify(await auditor.json('GET', '/api/v1/events?limit=500'));
    expect(events).toContain('user.registered');
    expect(events).not.toMatch(/of the marker|example\.com|"ana"/);
  });

  test('a lead gives roles in its departments only, and none above its own', async () => {
    const grant = async (where: string, role: string) =>
      (await lead.fetch('PUT', `/api/v1/members/bob/${where}`, { role })).status;
    expect(await grant('legal', 'reviewer')).toBe(200);
    expect(await grant('sales', 'member')).toBe(403);
    expect(await grant('-', 'member')).toBe(403);
    expect(await grant('legal', 'tenant-admin')).toBe(403);
    expect(await grant('nowhere', 'member')).toBe(403);
    expect((await lead.fetch('DELETE', '/api/v1/members/bob/sales')).status).toBe(403);
    expect((await lead.fetch('DELETE', '/api/v1/members/bob/legal')).status).toBe(200);
    expect((await lead.fetch('DELETE', '/api/v1/members/bob/legal')).status).toBe(200);
    expect((await admin.fetch('PUT', '/api/v1/members/nobody/legal', { role: 'member' })).status).toBe(404);
  });

  test('a lead’s keys are of its departments', async () => {
    expect((await lead.fetch('POST', '/api/v1/keys', { name: 'x' })).status).toBe(403);
    expect((await lead.fetch('POST', '/api/v1/keys', { name: 'x', department: 'sales' })).status).toBe(403);
    const made = await lead.json<{ key: string; position: string }>('POST', '/api/v1/keys', {
      name: 'of legal',
      department: 'legal',
    });
    const listed = await lead.json<Listed>('GET', `/api/v1/keys?after=${made.position}`);
    expect(listed.data).toMatchObject([{ key: made.key, department: 'legal', role: 'service' }]);
    expect(JSON.stringify(listed)).not.toMatch(/hash|secret/);
  });
});

describe('on two gateways, within a second', () => {
  /** The time, in ms, until the second gateway answers with this status. */
  async function until(one: Actor, status: number): Promise<number> {
    const start = performance.now();
    while (performance.now() - start < 5_000) {
      if ((await one.call(model)).status === status) break;
    }
    return performance.now() - start;
  }

  test.each([1, 2, 3])('a revocation is in force, round %i', async () => {
    const { key, secret } = await issueFor(admin, { name: 'soon gone' });
    const here = actor(first.url, secret);
    const there = actor(second.url, secret);
    await Promise.all([here.inForce(), there.inForce()]);
    expect((await there.call(model)).status).toBe(200);
    await admin.json('DELETE', `/api/v1/keys/${key}`);
    expect(await until(there, 401)).toBeLessThan(1_000);
    expect(await until(here, 401)).toBeLessThan(1_000);
  });

  test('an open stream of events ends with the key that opened it', async () => {
    const { key, secret } = await issueFor(admin, { name: 'watcher', role: 'auditor' });
    const there = actor(second.url, secret);
    await there.inForce();
    const { body } = await there.fetch('GET', '/api/v1/events/stream');
    const read = body?.getReader();
    await read?.read();
    await admin.json('DELETE', `/api/v1/keys/${key}`);
    const start = performance.now();
    while (!(await read?.read())?.done);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect((await there.fetch('GET', '/api/v1/events/stream')).status).toBe(401);
  });

  test('a person who is disabled is refused, and a role that is taken is gone', async () => {
    const { secret } = await issueFor(admin, { name: 'lea', role: 'department-lead', user: 'lea' });
    const there = actor(second.url, secret);
    await there.inForce();
    await admin.json('POST', '/api/v1/users/lea/disable');
    expect(await until(there, 403)).toBeLessThan(1_000);
    await admin.json('POST', '/api/v1/users/lea/enable');
    expect(await until(there, 200)).toBeLessThan(1_000);
    expect(await there.json('GET', '/api/v1/me')).toMatchObject({ user: 'lea', departments: ['legal'] });
    await admin.json('DELETE', '/api/v1/members/lea/legal');
    await expect
      .poll(() => there.json('GET', '/api/v1/me'), { timeout: 1_000 })
      .toMatchObject({ departments: [] });
    expect((await there.json<Listed>('GET', '/api/v1/invocations')).data).toEqual([]);
  });
});
