import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

const config = (url: string) => `
providers:
  - { id: cloud, kind: openai-compatible, baseUrl: "${url}", tier: 1, local: false }
  - { id: best, kind: openai-compatible, baseUrl: "${url}", tier: 3, local: false }
models:
  - { name: good, provider: cloud, price: { input: "1", output: "10" } }
  - { name: good, provider: best, price: { input: "1", output: "10" } }
routing:
  exact: only
`;

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let platform: Actor;

beforeAll(async () => {
  upstream = await scriptedUpstream({ good: answers('All is well here.', usageOf(12, 5)) });
  running = await testDaybook({ config: config(upstream.url) });
  platform = actor(running.url);
});
afterAll(async () => {
  await running.stop();
  await upstream.stop();
});

async function tenant(id: string): Promise<Actor> {
  const made = await platform.json<{ adminKey: { secret: string } }>('POST', '/api/v1/tenants', {
    tenant: id,
    name: `Tenant ${id}`,
  });
  const admin = actor(running.url, made.adminKey.secret);
  await admin.inForce();
  return admin;
}

describe('tenants', () => {
  test('are made with a key of their administrator, who sees nothing of the others', async () => {
    const acme = await tenant('acme');
    const globex = await tenant('globex');
    expect(await acme.json('GET', '/api/v1/me')).toMatchObject({
      tenant: { tenant: 'acme', name: 'Tenant acme' },
      role: 'tenant-admin',
      permissions: { 'keys.manage': 'tenant' },
    });
    // The same ids in both.
    for (const one of [acme, globex]) {
      await one.json('POST', '/api/v1/departments', { slug: 'legal' });
      await one.json('POST', '/api/v1/users', { id: 'ana', displayName: 'Ana of one of them' });
      expect(
        (await one.call('good', { user: 'ana', headers: { 'daybook-department': 'legal' } })).status,
      ).toBe(200);
    }
    const { position } = await acme.json<{ position: string }>('PUT', '/api/v1/members/ana/legal', {
      role: 'department-lead',
    });
    expect(await acme.json('GET', `/api/v1/members?after=${position}`)).toMatchObject({
      data: [{ user: 'ana', department: 'legal', role: 'department-lead' }],
    });
    expect(await globex.json('GET', `/api/v1/members?after=${position}`)).toMatchObject({ data: [] });
    const { key } = await acme.json<{ key: string }>('GET', '/api/v1/me');
    expect((await globex.fetch('GET', `/api/v1/keys/${key}`)).status).toBe(404);
    expect((await globex.fetch('DELETE', `/api/v1/keys/${key}`)).status).toBe(404);
    for (const path of ['/api/v1/tenants', '/api/v1/tenants/globex'])
      expect((await acme.fetch('GET', path)).status).toBe(403);
    expect((await acme.fetch('POST', '/api/v1/tenants', { name: 'Mine' })).status).toBe(403);
  });

  test('are listed for the platform alone, page by page, and made again without a second key', async () => {
    await tenant('initech');
    const again = await platform.fetch('POST', '/api/v1/tenants', {
      tenant: 'initech',
      name: 'Tenant initech',
    });
    expect(again.status).toBe(200);
    expect(await again.json()).not.toHaveProperty('adminKey');
    const other = await platform.fetch('POST', '/api/v1/tenants', { tenant: 'initech', name: 'Another' });
    expect(other.status).toBe(422);
    const after = again.headers.get('daybook-position');
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { data: { tenant: string }[]; nextCursor: string | null } = await platform.json(
        'GET',
        `/api/v1/tenants?limit=1&after=${after}${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.data.map((one) => one.tenant));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining(['default', 'initech']));
  });

  test('without an id of their own are made once for one Idempotency-Key', async () => {
    const make = async () => {
      const answer = await platform.fetch(
        'POST',
        '/api/v1/tenants',
        { name: 'Nameless' },
        { 'idempotency-key': 'n1' },
      );
      const { tenant: id } = (await answer.json()) as { tenant: string };
      return { status: answer.status, id };
    };
    const first = await make();
    expect(first).toMatchObject({ status: 201, id: expect.stringMatching(/^t_[0-9a-f]{24}$/) });
    expect(await make()).toEqual(first);
  });

  test('change only as of the ETag that was read; what is suspended is refused until it is resumed', async () => {
    const acme = await tenant('hooli');
    const read = await platform.fetch('GET', '/api/v1/tenants/hooli?after=', undefined);
    expect(read.status).toBe(400);
    const changed = await platform.fetch('PATCH', '/api/v1/tenants/hooli', {
      branding: { color: '#102030' },
    });
    const etag = changed.headers.get('etag') ?? '';
    expect(await changed.json()).toMatchObject({ name: 'Tenant hooli', branding: { color: '#102030' } });
    const suspend = (tag: string) =>
      platform.fetch('POST', '/api/v1/tenants/hooli/suspend', undefined, { 'if-match': tag });
    expect((await suspend('"stale"')).status).toBe(412);
    expect((await suspend(etag)).status).toBe(200);
    expect((await suspend(etag)).status).toBe(412);
    await expect.poll(async () => (await acme.fetch('GET', '/api/v1/me')).status).toBe(403);
    const refused = await acme.call('good');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'auth.tenant-suspended' } });
    await platform.json('POST', '/api/v1/tenants/hooli/resume');
    await expect.poll(async () => (await acme.call('good')).status).toBe(200);
    const own = await platform.fetch('POST', '/api/v1/tenants/default/suspend');
    expect(own.status).toBe(422);
  });

  test('whose policy is local-only call no model outside', async () => {
    const admin = await tenant('quiet');
    expect((await admin.call('good')).status).toBe(200);
    await platform.json('PATCH', '/api/v1/tenants/quiet', { policies: { privacy: 'local-only' } });
    await expect.poll(async () => (await admin.call('good')).status).toBe(400);
  });
});

describe('keys', () => {
  let admin: Actor;
  beforeAll(async () => {
    admin = await tenant('keys-corp');
    await admin.json('POST', '/api/v1/departments', { slug: 'legal', settings: { privacy: 'local-only' } });
    await admin.json('POST', '/api/v1/departments', { slug: 'sales' });
    await admin.json('POST', '/api/v1/users', { id: 'ana' });
  });

  test('revoked, rotated and expired ones are refused, in the dialect of their caller', async () => {
    const { key, secret } = await issueFor(admin, { name: 'short-lived' });
    const holder = actor(running.url, secret);
    await holder.inForce();
    const { secret: next } = await admin.json<{ secret: string }>('POST', `/api/v1/keys/${key}/rotate`, {
      overlapSeconds: 4,
    });
    const successor = actor(running.url, next);
    await successor.inForce();
    expect((await holder.call('good')).status).toBe(200);
    await expect.poll(async () => (await holder.call('good')).status, { timeout: 15_000 }).toBe(401);
    expect((await successor.call('good')).status).toBe(200);
    await admin.json('DELETE', `/api/v1/keys/${key}`);
    await expect.poll(async () => (await successor.call('good')).status).toBe(401);

    const expiresAt = new Date(Date.now() + 4_000).toISOString();
    const brief = actor(running.url, (await issueFor(admin, { name: 'brief', expiresAt })).secret);
    await brief.inForce();
    await expect
      .poll(async () => (await brief.fetch('GET', '/api/v1/me')).status, { timeout: 15_000 })
      .toBe(401);
    const refused = await brief.call('good');
    expect(await refused.json()).toMatchObject({
      error: { code: 'invalid_api_key', message: expect.stringMatching(/expired/) },
    });
  });

  test('call the models and tiers that they may, and are told so', async () => {
    const holder = actor(running.url, (await issueFor(admin, { name: 'cloud', models: ['cloud/*'] })).secret);
    await holder.inForce();
    expect((await holder.call('good')).headers.get('daybook-model')).toBe('cloud/good');
    for (const headers of [{}, { 'anthropic-version': '2023-06-01' }]) {
      const listed = await (await holder.fetch('GET', '/v1/models', undefined, headers)).text();
      expect(listed).toContain('"cloud/good"');
      expect(listed).not.toContain('best/good');
      expect((await holder.fetch('GET', '/v1/models/best/good', undefined, headers)).status).toBe(404);
    }
    const forbidden = await holder.call('best/good');
    expect(forbidden.status).toBe(403);
    expect(await forbidden.json()).toMatchObject({ error: { code: 'auth.forbidden', param: 'model' } });
    const tiered = actor(running.url, (await issueFor(admin, { name: 'tier 3', tiers: [3] })).secret);
    await tiered.inForce();
    expect((await tiered.call('good')).headers.get('daybook-model')).toBe('best/good');
    expect((await tiered.call('cloud/good')).status).toBe(403);
  });

  test('of a department or a person speak for these alone', async () => {
    const { secret } = await issueFor(admin, { name: 'sales', department: 'sales', user: 'ana' });
    const holder = actor(running.url, secret);
    await holder.inForce();
    const answer = await holder.call('good');
    expect(answer.status).toBe(200);
    expect((await holder.call('good', { headers: { 'daybook-department': 'legal' } })).status).toBe(403);
    expect((await holder.call('good', { user: 'bob' })).status).toBe(403);
    const id = answer.headers.get('daybook-invocation-id');
    const after = answer.headers.get('daybook-position');
    expect(await admin.json('GET', `/api/v1/invocations/${id}?after=${after}`)).toMatchObject({
      department: 'sales',
      user: 'ana',
    });
    const quiet = actor(running.url, (await issueFor(admin, { name: 'legal', department: 'legal' })).secret);
    await quiet.inForce();
    // Its department is private, named or not.
    expect((await quiet.call('good')).status).toBe(400);
    await admin.json('POST', '/api/v1/departments/sales/archive');
    await expect.poll(async () => (await holder.call('good')).status).toBe(403);
    await admin.json('POST', '/api/v1/departments/sales/restore');
    await expect.poll(async () => (await holder.call('good')).status).toBe(200);
  });

  test('may not give more than they have', async () => {
    const refused = await admin.fetch('POST', '/api/v1/keys', { name: 'x', role: 'platform-admin' });
    expect(refused.status).toBe(403);
    expect((await admin.fetch('POST', '/api/v1/keys', { name: 'x', role: 'member' })).status).toBe(400);
    expect((await admin.fetch('POST', '/api/v1/keys', { name: 'x', user: 'nobody' })).status).toBe(404);
    const scoped = actor(
      running.url,
      (
        await issueFor(admin, {
          name: 'issuer',
          role: 'tenant-admin',
          scopes: ['keys.manage', 'models.call'],
        })
      ).secret,
    );
    await scoped.inForce('/api/v1/keys', 403);
    expect((await scoped.fetch('POST', '/api/v1/keys', { name: 'y', role: 'service' })).status).toBe(403);
    const scopes = ['models.call'];
    expect((await scoped.fetch('POST', '/api/v1/keys', { name: 'y', scopes })).status).toBe(201);
    const { key } = await admin.json<{ key: string }>('GET', '/api/v1/me');
    expect((await scoped.fetch('POST', `/api/v1/keys/${key}/rotate`, {})).status).toBe(403);
    expect((await scoped.fetch('DELETE', `/api/v1/keys/${key}`)).status).toBe(403);
  });
});

test('every route of the document names its permission, and none is open to a key without it', async () => {
  const document = await platform.json<{
    paths: Record<string, Record<string, { 'x-daybook-permission'?: string }>>;
  }>('GET', '/openapi.json');
  const { secret } = await issueFor(platform, { name: 'nothing', scopes: ['me.read'] });
  const nothing = actor(running.url, secret);
  await nothing.inForce();
  const routes = Object.entries(document.paths)
    .filter(([path]) => /^\/(api\/)?v1\//.test(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({ path, method: method.toUpperCase(), route })),
    );
  expect(routes.length).toBeGreaterThan(40);
  for (const { path, method, route } of routes) {
    expect(route['x-daybook-permission'], `${method} ${path}`).toMatch(/^[a-z]+\.[a-z]+$/);
    const answer = await nothing.fetch(method, path.replaceAll(/\{\w+\}/g, 'x1'), undefined);
    expect(answer.status, `${method} ${path}`).toBe(path === '/api/v1/me' ? 200 : 403);
    await answer.body?.cancel();
  }
});
