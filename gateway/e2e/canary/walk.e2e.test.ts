import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { principalFrom } from '../../../bounded-contexts/identity/index.ts';
import { type Permission, roles } from '../../../schemas/roles.ts';
import { type Actor, actor, issueFor } from '../testing/actors.ts';
import { type Row, rows } from './routes.ts';
import { expectRefusal, expectSilent, heard } from './testing/answers.ts';
import { atRest, keptOf } from './testing/untouched.ts';
import { adminOf, type World, worldOf } from './testing/world.ts';

interface Caller {
  readonly name: string;
  readonly status: 401 | 403;
  readonly headers: Readonly<Record<string, string>>;
}

/** How far a permission goes for whoever has it, by role. */
const having = (permission: Permission) =>
  roles.flatMap((role) => {
    const reach = principalFrom({ tenant: 't', key: 'k_1', role }).permissions.get(permission);
    return reach === undefined ? [] : [{ role, reach }];
  });

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe.each(['auto', 'embedded'] as const)('in the profile %s', (profile) => {
  let world: World;
  beforeAll(async () => {
    world = await worldOf(profile);
  }, 120_000);
  afterAll(() => world.stop());

  /** Asks each route for what only acme has; every answer is the refusal, and says nothing. */
  async function refused(callers: readonly Caller[], asked: readonly Row[]): Promise<void> {
    const { running, acme } = world;
    const before = await atRest(running, 'acme', { trail: false });
    const words = [acme.marker, acme.only.userId, acme.only.departmentId];
    for (const { route, ask } of asked) {
      const [method = ''] = route.split(' ');
      const [{ path, body, headers } = { path: '' }] = ask(acme.only);
      for (const caller of callers) {
        const answer = await heard(
          await fetch(`${running.url}${path}`, {
            method,
            headers: { 'content-type': 'application/json', ...headers, ...caller.headers },
            ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
          }),
        );
        const name = `${caller.name}: ${route}`;
        expect(answer.status, `${name}: ${answer.text}`).toBe(caller.status);
        expectRefusal(answer, path, name);
        expectSilent(answer, words, name);
      }
    }
    expect(await keptOf(running, 'acme', { trail: false })).toEqual(before);
  }

  const closed = rows.filter(({ permission }) => permission !== 'open');

  test('every route of the document has one row, with its permission, and no row is of another', async () => {
    const document = await world.platform.json<{
      paths: Record<string, Record<string, { 'x-daybook-permission'?: string }>>;
    }>('GET', '/openapi.json');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({
        route: `${method.toUpperCase()} ${path}`,
        permission: route['x-daybook-permission'] ?? 'open',
      })),
    );
    const byRoute = (a: { route: string }, b: { route: string }) => (a.route < b.route ? -1 : 1);
    expect(rows.map(({ route, permission }) => ({ route, permission })).sort(byRoute)).toEqual(
      described.sort(byRoute),
    );
    // Nobody but the platform's own administrator is told what is the operator's.
    for (const { permission, tells, route } of rows) {
      if (tells !== 'operator' || permission === 'open') continue;
      expect(having(permission), route).toEqual([{ role: 'platform-admin', reach: 'platform' }]);
    }
  });

  test('without a key in force no route says or changes anything', async () => {
    const { running, platform, acme } = world;
    const { url } = running;
    const revoked = await issueFor(acme.admin, { name: 'revoked' });
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const expired = await issueFor(acme.admin, { name: 'expired', role: 'tenant-admin', expiresAt });
    const disabled = await issueFor(acme.admin, { name: 'disabled', role: 'member', user: 'gone' });
    const suspended = await adminOf(url, platform, 'initech');
    for (const { secret } of [revoked, expired, disabled]) await actor(url, secret).inForce();
    await acme.admin.json('DELETE', `/api/v1/keys/${revoked.key}`);
    await acme.admin.json('POST', '/api/v1/users/gone/disable');
    await platform.json('POST', '/api/v1/tenants/initech/suspend');
    const ended: [string, number][] = [
      [revoked.secret, 401],
      [expired.secret, 401],
      [disabled.secret, 403],
      [suspended.secret, 403],
    ];
    for (const [secret, status] of ended) await actor(url, secret).inForce('/api/v1/me', status);
    const wrongSum = acme.secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    await refused(
      [
        { name: 'no key', status: 401, headers: {} },
        { name: 'a malformed key', status: 401, headers: bearer('dbk_short') },
        { name: 'a key with another checksum', status: 401, headers: bearer(wrongSum) },
        { name: 'another scheme', status: 401, headers: { authorization: `Basic ${acme.secret}` } },
        { name: 'a revoked key', status: 401, headers: bearer(revoked.secret) },
        { name: 'an expired key', status: 401, headers: bearer(expired.secret) },
        { name: 'a disabled person', status: 403, headers: bearer(disabled.secret) },
        { name: 'a suspended tenant', status: 403, headers: bearer(suspended.secret) },
      ],
      closed,
    );
  }, 90_000);

  test('a role without the permission of a route gets nothing from it', async () => {
    const { running, acme } = world;
    const person: Readonly<Record<string, string>> = {
      member: 'mia',
      'department-lead': 'lea',
      reviewer: 'rob',
    };
    await acme.admin.json('PUT', '/api/v1/members/lea/legal', { role: 'department-lead' });
    await acme.admin.json('PUT', '/api/v1/members/rob/legal', { role: 'reviewer' });
    await acme.admin.json('PUT', '/api/v1/members/mia/legal', { role: 'member' });
    const holders = new Map<string, string>();
    // Only the platform issues keys of its own administrators, and they have every permission.
    for (const role of roles.filter((one) => one !== 'platform-admin')) {
      const user = person[role];
      const { secret } = await issueFor(acme.admin, { name: role, role, ...(user ? { user } : {}) });
      await actor(running.url, secret).inForce();
      holders.set(role, secret);
    }
    let asked = 0;
    for (const row of closed) {
      if (row.permission === 'open') continue;
      const allowed = new Set<string>(having(row.permission).map(({ role }) => role));
      const callers = [...holders]
        .filter(([role]) => !allowed.has(role))
        .map(([role, secret]) => ({ name: role, status: 403 as const, headers: bearer(secret) }));
      asked += callers.length;
      if (callers.length > 0) await refused(callers, [row]);
    }
    expect(asked).toBeGreaterThan(150);
  }, 120_000);

  test('a lead of one department gets nothing of another by its ids', async () => {
    const { running, acme } = world;
    await acme.admin.json('PUT', '/api/v1/members/lea/legal', { role: 'department-lead' });
    const lead = await issueFor(acme.admin, { name: 'lead', role: 'department-lead', user: 'lea' });
    const service = await issueFor(acme.admin, { name: 'service of legal', department: 'legal' });
    const callers: Actor[] = [];
    for (const { secret } of [lead, service]) {
      const one = actor(running.url, secret);
      await one.inForce();
      callers.push(one);
    }
    const [leading, serving] = callers;
    const before = await atRest(running, 'acme', { trail: false });
    const words = [acme.marker];
    const bounded = rows.filter(({ otherDepartment }) => otherDepartment !== undefined);
    expect(bounded.length).toBeGreaterThan(15);
    for (const { route, ask, otherDepartment } of bounded) {
      const [method = ''] = route.split(' ');
      for (const { path, body, headers } of ask(acme.sales)) {
        const answer = await heard((await leading?.fetch(method, path, body, headers)) as Response);
        expect(answer.status, `${route}: ${answer.text}`).toBe(otherDepartment);
        expectSilent(answer, words, route);
        if (answer.status === 200) expect(JSON.parse(answer.text), route).toMatchObject({ data: [] });
        else expectRefusal(answer, path, route);
        if (!route.startsWith('POST /v1/')) continue;
        const served = await heard((await serving?.fetch(method, path, body, headers)) as Response);
        expect(served.status, `${route}: ${served.text}`).toBe(403);
      }
    }
    expect(await keptOf(running, 'acme', { trail: false })).toEqual(before);
  }, 60_000);

  test('what needs no key says the same to everybody, and nothing of any tenant', async () => {
    const { running, acme, globex } = world;
    const words = [acme.marker, globex.marker, 'acme', 'globex', acme.only.key, acme.only.userId];
    for (const { route, foreign, ask } of rows.filter(({ permission }) => permission === 'open'))
      for (const { path, body } of ask(acme.only))
        for (const who of [{}, bearer(acme.secret)]) {
          const [method = 'GET'] = route.split(' ');
          const sent =
            body === undefined
              ? { headers: who }
              : { headers: { ...who, 'content-type': 'application/json' }, body: JSON.stringify(body) };
          const answer = await heard(await fetch(`${running.url}${path}`, { method, ...sent }));
          expect(answer.status, route).toBe(foreign);
          expectSilent(answer, words, route);
        }
  });
});
