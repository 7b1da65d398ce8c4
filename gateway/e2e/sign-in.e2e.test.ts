import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';

let running: RunningTestDaybook;
const password = 'correct horse battery staple';

beforeAll(async () => {
  running = await testDaybook();
  await running.json('/api/v1/users', {
    method: 'POST',
    body: { id: 'ana@example.com', displayName: 'Ana' },
  });
  await running.json('/api/v1/users/ana@example.com/password', { method: 'PUT', body: { password } });
  await running.json('/api/v1/members/ana@example.com/-', { method: 'PUT', body: { role: 'tenant-admin' } });
});
afterAll(() => running.stop());

type Headers = Record<string, string>;
const post = (path: string, body: unknown, headers: Headers = {}) =>
  fetch(`${running.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: running.url, ...headers },
    body: JSON.stringify(body),
  });
const signIn = (more: object = {}, headers: Headers = {}) =>
  post('/auth/sign-in', { user: 'ana@example.com', password, ...more }, headers);
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';
const me = (cookie: string, headers: Headers = {}) =>
  fetch(`${running.url}/api/v1/me`, { headers: { cookie, ...headers } });

describe('signing in', () => {
  test('gives a cookie that scripts and other sites do not get, and with it the person’s own role', async () => {
    const response = await signIn();
    expect(response.status).toBe(201);
    expect(response.headers.get('set-cookie')).toMatch(
      /^daybook=dbs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
    );
    const answer = await me(cookieOf(response));
    expect(await answer.json()).toMatchObject({
      source: 'sign-in',
      role: 'tenant-admin',
      user: 'ana@example.com',
    });
  });

  test('over TLS gives a cookie that is bound to this host and to TLS', async () => {
    const tls = { 'x-forwarded-proto': 'https' };
    const response = await signIn({}, tls);
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-daybook=dbs_.*; Secure$/);
    expect((await me(cookieOf(response), tls)).status).toBe(200);
    expect((await me(cookieOf(response).replace('__Host-', ''), tls)).status).toBe(401);
  });

  test.each([
    ['a wrong password', { password: 'wrong' }],
    ['nobody’s name', { user: 'nobody@example.com' }],
    ['a tenant that is not there', { tenant: 'nowhere' }],
  ])('by %s is refused in the same words', async (_what, wrong) => {
    const response = await signIn(wrong);
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    const { detail, code } = (await response.json()) as { detail: string; code: string };
    expect(code).toBe('auth.wrong-password');
    expect(detail).toBe(
      'Nobody signs in by this name and password; check both, or ask a tenant administrator for a new one.',
    );
  });

  test('takes as long for nobody as for somebody', async () => {
    const times = async (body: object) => {
      const all: number[] = [];
      for (let i = 0; i < 4; i++) {
        const start = performance.now();
        await signIn({ ...body, password: `wrong ${i}` }, { 'x-nothing': String(i) });
        all.push(performance.now() - start);
      }
      return Math.min(...all);
    };
    const somebody = await times({ user: 'ana@example.com' });
    const nobody = await times({ user: 'nobody-else@example.com' });
    expect(nobody).toBeGreaterThan(somebody * 0.5);
  });

  test('is limited by name: guessing ends, and the right password too until the minute is over', async () => {
    await running.json('/api/v1/users', { method: 'POST', body: { id: 'guessed' } });
    await running.json('/api/v1/users/guessed/password', { method: 'PUT', body: { password } });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++)
      statuses.push((await signIn({ user: 'guessed', password: `guess ${i}` })).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect((await signIn({ user: 'guessed' })).status).toBe(429);
  });

  test('from another site’s page is refused, and so is what brings no origin', async () => {
    expect((await signIn({}, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn({}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test.each([
    ['no JSON', '{', 400],
    ['an empty name', JSON.stringify({ user: '', password: 'x' }), 400],
    ['a password without end', JSON.stringify({ user: 'a', password: 'x'.repeat(9_000) }), 413],
    ['more than it takes', JSON.stringify({ user: 'a', password: 'b', role: 'platform-admin' }), 400],
  ])('with %s is a clear error', async (_what, body, status) => {
    const response = await fetch(`${running.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: running.url },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('problem+json');
  });
});

describe('a sign-in', () => {
  test('changes things only from pages of ours', async () => {
    const cookie = cookieOf(await signIn());
    const make = (headers: Headers) =>
      post(
        '/api/v1/departments',
        { slug: `d${Math.trunc(performance.now() * 1000)}` },
        { cookie, ...headers },
      );
    expect((await make({})).status).toBe(201);
    expect((await make({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await make({ 'sec-fetch-site': 'cross-site', origin: 'null' })).status).toBe(403);
  });

  test('ends when it is left, in every place where its cookie lies', async () => {
    const cookie = cookieOf(await signIn());
    expect((await me(cookie)).status).toBe(200);
    const left = await post('/auth/sign-out', {}, { cookie });
    expect(left.status).toBe(204);
    expect(left.headers.get('set-cookie')).toMatch(/^daybook=; .*Max-Age=0/);
    await expect.poll(async () => (await me(cookie)).status).toBe(401);
    expect(await (await me(cookie)).json()).toMatchObject({ code: 'auth.signed-out' });
  });

  test('does not outlive its person’s account', async () => {
    await running.json('/api/v1/users', { method: 'POST', body: { id: 'ben' } });
    await running.json('/api/v1/users/ben/password', { method: 'PUT', body: { password } });
    await running.json('/api/v1/members/ben/-', { method: 'PUT', body: { role: 'auditor' } });
    const cookie = cookieOf(await signIn({ user: 'ben' }));
    await expect.poll(async () => (await me(cookie)).status).toBe(200);
    await running.json('/api/v1/users/ben/disable', { method: 'POST' });
    await expect.poll(async () => (await me(cookie)).status).toBe(403);
    expect((await signIn({ user: 'ben' })).status).toBe(401);
  });

  test('is worth nothing as a key, and a key beside it counts first', async () => {
    const cookie = cookieOf(await signIn());
    const secret = cookie.slice('daybook='.length);
    expect((await me('', { authorization: `Bearer ${secret}` })).status).toBe(401);
    expect((await me(cookie, { authorization: 'Bearer no-such-key' })).status).toBe(401);
  });

  test('lets its person change the password, who must know the present one', async () => {
    // Of a name of its own: ten sign-ins a minute are allowed to each.
    await running.json('/api/v1/users', { method: 'POST', body: { id: 'cleo' } });
    await running.json('/api/v1/users/cleo/password', { method: 'PUT', body: { password } });
    await running.json('/api/v1/members/cleo/-', { method: 'PUT', body: { role: 'auditor' } });
    const cookie = cookieOf(await signIn({ user: 'cleo' }));
    await expect.poll(async () => (await me(cookie)).status).toBe(200);
    const change = (current: string, next: string) =>
      fetch(`${running.url}/api/v1/me/password`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', origin: running.url, cookie },
        body: JSON.stringify({ current, password: next }),
      });
    expect((await change('wrong', 'another long password')).status).toBe(401);
    expect((await change(password, 'short')).status).toBe(400);
    expect((await change(password, 'another long password')).status).toBe(200);
    expect((await signIn({ user: 'cleo' })).status).toBe(401);
    expect((await signIn({ user: 'cleo', password: 'another long password' })).status).toBe(201);
  });
});

test('no password, hash or secret of a cookie is on the log, and refusals are', async () => {
  const events = JSON.stringify(await running.json('/api/v1/events?limit=500'));
  expect(events).toContain('sign-in.accepted');
  expect(events).toContain('sign-in.refused');
  expect(events).toContain('user.password.set');
  expect(events).not.toMatch(/scrypt|battery staple|dbs_/);
});
