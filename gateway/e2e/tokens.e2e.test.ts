import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { type OidcIssuer, startOidcIssuer } from '../../infra/testing/oidc-issuer.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';
import { type Actor, actor } from './testing/actors.ts';

let acmeId: OidcIssuer;
let sharedId: OidcIssuer;
let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let platform: Actor;

const config = () => `
providers:
  - { id: cloud, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
  - { name: good, provider: cloud, price: { input: "1", output: "10" } }
identity:
  issuers:
    - issuer: "${acmeId.issuer}"
      audience: daybook
      tenant: acme
      rolesClaim: realm_access.roles
      roles: { admin: tenant-admin, lead: department-lead, root: platform-admin }
      departmentsClaim: groups
      departments: { /legal: legal }
    - issuer: "${sharedId.issuer}"
      audience: daybook
      algorithms: [ES256]
      tenantClaim: org
      tenants: { Acme: acme, Globex: globex, Nowhere: nowhere }
      userPrefix: "shared:"
      defaultRole: null
      roles: { auditor: auditor }
`;

beforeAll(async () => {
  acmeId = await startOidcIssuer();
  sharedId = await startOidcIssuer('ES256');
  upstream = await scriptedUpstream({ good: answers('All is well here.', usageOf(12, 5)) });
  running = await testDaybook({ config: config() });
  platform = actor(running.url);
  for (const tenant of ['acme', 'globex'])
    await platform.json('POST', '/api/v1/tenants', { tenant, name: `Tenant ${tenant}` });
});
afterAll(async () => {
  await running.stop();
  await upstream.stop();
  await acmeId.close();
  await sharedId.close();
});

const by = (token: string): Actor => actor(running.url, token);
const roles = (...names: string[]) => ({ realm_access: { roles: names } });

describe('a token of an issuer', () => {
  test('makes its user who the claims say, and registers them with what is personal sealed', async () => {
    const ana = by(
      await acmeId.token({ sub: 'ana', name: 'Ana Lima', email: 'ana@example.com', ...roles('admin') }),
    );
    await ana.inForce();
    expect(await ana.json('GET', '/api/v1/me')).toMatchObject({
      tenant: { tenant: 'acme' },
      source: 'token',
      role: 'tenant-admin',
      user: 'ana',
    });
    const { data } = await running.eventually<{ data: unknown[] }>('/api/v1/tenants', () => true);
    expect(data.length).toBeGreaterThan(0);
    await expect
      .poll(async () => (await ana.fetch('GET', '/api/v1/users/ana')).status, { timeout: 5_000 })
      .toBe(200);
    expect(await ana.json('GET', '/api/v1/users/ana')).toMatchObject({
      status: 'active',
      profile: { displayName: 'Ana Lima', email: 'ana@example.com' },
    });
    const events = JSON.stringify(await ana.json('GET', '/api/v1/events?limit=500'));
    expect(events).toContain('user.registered');
    expect(events).not.toMatch(/Lima|example\.com/);
  });

  test('calls models for its user, who is budgeted as one who is named', async () => {
    const admin = by(await acmeId.token({ sub: 'ana', ...roles('admin') }));
    await admin.json('POST', '/api/v1/budgets', { scope: 'user', id: 'ben', period: 'daily', limitUsd: '0' });
    const ben = by(await acmeId.token({ sub: 'ben' }));
    expect((await ben.call('good')).status).toBe(429);
    const cleo = by(await acmeId.token({ sub: 'cleo' }));
    expect((await cleo.call('good')).status).toBe(200);
    // Whoever acts for one person acts for no other.
    expect((await cleo.call('good', { user: 'ben' })).status).toBe(403);
    const own = await admin.json<{ data: { user: string }[] }>('GET', '/api/v1/invocations?user=cleo');
    expect(own.data.every(({ user }) => user === 'cleo')).toBe(true);
  });

  test('of a lead sees the departments that it names, and those that the tenant granted', async () => {
    const admin = by(await acmeId.token({ sub: 'ana', ...roles('admin') }));
    for (const slug of ['legal', 'people']) await admin.json('POST', '/api/v1/departments', { slug });
    const dora = async () =>
      by(await acmeId.token({ sub: 'dora', groups: ['/legal', '/other'], ...roles('lead') }));
    const first = await dora();
    await first.inForce();
    expect(await first.json('GET', '/api/v1/me')).toMatchObject({
      role: 'department-lead',
      departments: ['legal'],
    });
    await expect
      .poll(async () => (await admin.fetch('GET', '/api/v1/users/dora')).status, { timeout: 5_000 })
      .toBe(200);
    await admin.json('PUT', '/api/v1/members/dora/people', { role: 'department-lead' });
    await expect
      .poll(async () =>
        (await first.json<{ departments: string[] }>('GET', '/api/v1/me')).departments.toSorted(),
      )
      .toEqual(['legal', 'people']);
  });

  test('never makes a platform administrator of another tenant’s user', async () => {
    const root = by(await acmeId.token({ sub: 'root', ...roles('root') }));
    expect(await root.json('GET', '/api/v1/me')).toMatchObject({ role: 'tenant-admin' });
    expect((await root.fetch('GET', '/api/v1/tenants')).status).toBe(403);
  });

  test('counts in the tenant that it names, and the same name is another person there', async () => {
    const token = (org: string) => sharedId.token({ sub: 'ana', org, roles: ['auditor'] });
    expect(await by(await token('Globex')).json('GET', '/api/v1/me')).toMatchObject({
      tenant: { tenant: 'globex' },
      user: 'shared:ana',
      role: 'auditor',
    });
    expect(await by(await token('Acme')).json('GET', '/api/v1/me')).toMatchObject({
      tenant: { tenant: 'acme' },
      user: 'shared:ana',
    });
    for (const org of ['Nowhere', 'default', ''])
      expect((await by(await token(org)).fetch('GET', '/api/v1/me')).status).toBe(401);
  });

  test.each([
    ['expired', async () => acmeId.token({}, { expiresIn: -60 }), 'auth.invalid-token'],
    ['for somebody else', async () => acmeId.token({}, { audience: 'other' }), 'auth.invalid-token'],
    ['without a role', async () => sharedId.token({ sub: 'x', org: 'Acme' }), 'auth.invalid-token'],
    ['cut short', async () => (await acmeId.token()).slice(0, -4), 'auth.invalid-token'],
    ['of nobody known', async () => acmeId.token({ iss: 'https://elsewhere.example' }), 'auth.invalid-token'],
  ])('that is %s is refused in each dialect', async (_what, make, code) => {
    const token = await make();
    const mine = await by(token).fetch('GET', '/api/v1/me');
    expect([mine.status, ((await mine.json()) as { code: string }).code]).toEqual([401, code]);
    const call = await by(token).call('good');
    expect([call.status, await call.json()]).toMatchObject([
      401,
      { error: { type: 'invalid_request_error' } },
    ]);
    const message = await fetch(`${running.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'cloud/good',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Hi' }],
      }),
    });
    expect([message.status, await message.json()]).toMatchObject([
      401,
      { error: { type: 'authentication_error' } },
    ]);
  });

  test('ends with its user: who is disabled is refused within a second', async () => {
    const admin = by(await acmeId.token({ sub: 'ana', ...roles('admin') }));
    const eve = by(await acmeId.token({ sub: 'eve' }));
    await eve.inForce();
    await expect
      .poll(async () => (await admin.fetch('GET', '/api/v1/users/eve')).status, { timeout: 5_000 })
      .toBe(200);
    await admin.json('POST', '/api/v1/users/eve/disable');
    await expect
      .poll(async () => (await eve.fetch('GET', '/api/v1/me')).status, { timeout: 1_000 })
      .toBe(403);
  });

  test('asks the issuer once for many calls', async () => {
    const before = acmeId.asked.length;
    const fay = by(await acmeId.token({ sub: 'fay' }));
    await Promise.all(Array.from({ length: 20 }, () => fay.call('good')));
    expect(acmeId.asked.length).toBe(before);
  });
});

test('limits of a tenant change with its policies, without a restart', async () => {
  const admin = by(await acmeId.token({ sub: 'gil', ...roles('admin') }));
  await admin.json('GET', '/api/v1/me');
  const policies = (rates: object) =>
    platform.json('PATCH', '/api/v1/tenants/globex', { policies: { rates } });
  const auditor = by(await sharedId.token({ sub: 'hal', org: 'Globex', roles: ['auditor'] }));
  const limitOf = async () =>
    (await auditor.fetch('GET', '/api/v1/me')).headers.get('ratelimit-policy') ?? '';
  await policies({ management: { user: { requestsPerMinute: 7_000 } } });
  await expect.poll(limitOf).toContain('7000');
  await policies({ management: { user: { requestsPerMinute: 1 } } });
  await expect.poll(async () => (await auditor.fetch('GET', '/api/v1/me')).status).toBe(429);
  await policies({ management: { user: { requestsPerMinute: null } } });
  await expect.poll(async () => (await auditor.fetch('GET', '/api/v1/me')).status).toBe(200);
  expect(await admin.json('GET', '/api/v1/me')).toMatchObject({ tenant: { tenant: 'acme' } });
});
