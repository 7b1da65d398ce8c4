import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawHttp } from '../../../infra/testing/raw-http.ts';
import { type Actor, actor, issueFor } from '../testing/actors.ts';
import { rows } from './routes.ts';
import { expectSilent, heard } from './testing/answers.ts';
import { atRest, keptOf } from './testing/untouched.ts';
import { type World, worldOf } from './testing/world.ts';

let world: World;
let before: Map<string, string>;
let member: Actor;
beforeAll(async () => {
  world = await worldOf();
  const { secret } = await issueFor(world.acme.admin, { name: 'mia', role: 'member', user: 'mia' });
  member = actor(world.running.url, secret);
  await member.inForce();
  before = await atRest(world.running, 'acme', { trail: false });
}, 120_000);
afterAll(async () => {
  await world.stop();
});

const wordsOf = ({ acme }: World) => [acme.marker, acme.only.userId, acme.only.departmentId];

/** A request as it stands there: clients would put its address and headers right. */
const raw = (method: string, path: string, headers: readonly string[] = []) =>
  rawHttp(world.running.url, (socket) =>
    socket.write(
      `${[`${method} ${path} HTTP/1.1`, 'host: x', 'connection: close', ...headers].join('\r\n')}\r\n\r\n`,
    ),
  );
const keyOf = (secret: string) => `authorization: Bearer ${secret}`;

describe('other methods', () => {
  const closed = rows.filter(({ permission }) => permission !== 'open');

  test('HEAD of a stream leaves nothing behind that reads on', async () => {
    const connection = await connect({ servers: world.running.daybook.urls.nats ?? '' });
    const manager = await connection.jetstreamManager();
    const readers = async () => {
      let all = 0;
      for await (const { state } of manager.streams.list()) all += state.consumer_count;
      return all;
    };
    const least = await readers();
    const { admin, only } = world.acme;
    for (const path of ['/api/v1/events/stream', `/v1/streams/${only.stream}`])
      for (let n = 0; n < 10; n++) expect((await admin.fetch('HEAD', path)).status, path).toBe(200);
    await expect.poll(readers, { timeout: 5_000 }).toBeLessThanOrEqual(least);
    await connection.close();
  });

  test('HEAD asks for the same permission as GET, and OPTIONS tells nothing', async () => {
    for (const { route, ask, permission } of closed) {
      const [{ path } = { path: '' }] = ask(world.acme.only);
      const name = `${permission} ${path}`;
      if (route.startsWith('GET ')) {
        expect((await raw('HEAD', path)).status, name).toBe(401);
        const [head, get] = [await member.fetch('HEAD', path), await member.fetch('GET', path)];
        expect(head.status, name).toBe(get.status);
        await get.body?.cancel();
        const foreign = await raw('HEAD', path, [keyOf(world.globex.secret)]);
        expectSilent(foreign, wordsOf(world), name);
      }
      const options = await raw('OPTIONS', path);
      expect([401, 404, 405], `${name}: ${options.status}`).toContain(options.status);
      expectSilent(options, wordsOf(world), name);
    }
    expect(await keptOf(world.running, 'acme', { trail: false })).toEqual(before);
  }, 60_000);
});

describe('other spellings of an address', () => {
  const spellings: readonly (readonly [string, (path: string) => string])[] = [
    ['a slash at its end', (path) => `${path}/`],
    ['two slashes before it', (path) => `/${path}`],
    ['two slashes within', (path) => path.replace('/api/v1/', '/api/v1//').replace(/^\/v1\//, '/v1//')],
    ['an encoded slash', (path) => path.replace(/\/([^/]+)$/, '%2F$1')],
    ['encoded letters', (path) => path.replace('api', '%61pi').replace('v1', '%761')],
    ['capitals', (path) => path.toUpperCase()],
    ['a step back', (path) => path.replace(/\/v1\//, '/v1/x/../')],
    ['an encoded step back', (path) => path.replace(/\/v1\//, '/v1/x/%2e%2e/')],
    ['a backslash', (path) => path.replace(/\/([^/]+)$/, '\\$1')],
    ['a semicolon', (path) => `${path};x=1`],
    ['a fragment', (path) => `${path}#x`],
    ['a whole address', (path) => `http://elsewhere.example${path}`],
  ];

  test.each(spellings)('%s opens nothing', async (_name, spell) => {
    for (const { route, ask, permission } of rows) {
      if (permission === 'open') continue;
      const [method = ''] = route.split(' ');
      const [{ path } = { path: '' }] = ask(world.acme.only);
      const length = method === 'GET' || method === 'DELETE' ? [] : ['content-length: 0'];
      const nobody = await raw(method, spell(path), length);
      expect([400, 401, 404, 405], `${method} ${spell(path)}: ${nobody.text}`).toContain(nobody.status);
      if (route.endsWith('/stream')) continue;
      const foreign = await raw(method, spell(path), [keyOf(world.globex.secret), ...length]);
      // An answer may name the address that it is about: whoever asked said it.
      const words = wordsOf(world).filter((word) => !spell(path).includes(word));
      expectSilent(foreign, words, `${method} ${spell(path)}`);
      expect(foreign.status, `${method} ${spell(path)}`).toBeLessThan(500);
    }
    expect(await keptOf(world.running, 'acme', { trail: false })).toEqual(before);
  });

  test('an encoded slash stays within its parameter', async () => {
    const { key } = world.globex.only;
    const { admin } = world.globex;
    for (const path of [
      `/api/v1/budgets/user%2F${world.globex.only.user}`,
      `/api/v1/keys/..%2Fkeys%2F${key}`,
      `/api/v1/users/${world.globex.only.user}%2Fdata`,
      `/api/v1/tenants%2Facme`,
    ])
      expect([400, 404], path).toContain((await admin.fetch('GET', path)).status);
  });
});

describe('a tenant that a request names', () => {
  const named = { 'daybook-tenant': 'acme', 'x-tenant-id': 'acme', 'x-daybook-tenant': 'acme' };

  test('in headers, the query or the path is passed over: the key’s own is meant', async () => {
    const { admin } = world.globex;
    const me = await heard(
      await admin.fetch('GET', '/api/v1/me?tenant=acme&tenant_id=acme', undefined, named),
    );
    expect(JSON.parse(me.text)).toMatchObject({ tenant: { tenant: 'globex' } });
    for (const list of ['budgets', 'invocations', 'events', 'users', 'departments', 'members', 'keys']) {
      const answer = await heard(
        await admin.fetch('GET', `/api/v1/${list}?tenant=acme&tenantId=acme`, undefined, named),
      );
      expect(answer.status, list).toBe(200);
      expectSilent(answer, wordsOf(world), list);
    }
  });

  test('in a body is refused, and in a call of a model attributed to nobody', async () => {
    const { admin } = world.globex;
    const bodies: readonly (readonly [string, string, object])[] = [
      ['POST', '/api/v1/budgets', { scope: 'user', id: 'ana', period: 'daily', limitUsd: '1' }],
      ['POST', '/api/v1/departments', { slug: 'taken' }],
      ['POST', '/api/v1/users', { id: 'taken' }],
      ['POST', '/api/v1/keys', { name: 'taken' }],
      ['PUT', '/api/v1/members/ana/legal', { role: 'member' }],
      ['POST', '/api/v1/workflows/plan/versions', { definition: { steps: [{ id: 'a', uses: 'x' }] } }],
      ['POST', '/api/v1/agents/messages', { from: 'a', to: { agent: 'b' }, type: 'note', body: 1 }],
    ];
    for (const [method, path, body] of bodies) {
      const answer = await admin.fetch(method, path, { ...body, tenant: 'acme' });
      expect(answer.status, path).toBe(400);
      expect(await answer.json(), path).toMatchObject({ code: 'request.invalid' });
    }
    const call = await admin.fetch(
      'POST',
      '/v1/chat/completions',
      {
        model: 'test/echo',
        max_tokens: 40,
        messages: [{ role: 'user', content: 'Whose?' }],
        tenant: 'acme',
        metadata: { tenant: 'acme' },
      },
      named,
    );
    await call.text();
    expect(call.status).toBe(200);
    const id = call.headers.get('daybook-invocation-id');
    const after = call.headers.get('daybook-position');
    expect((await admin.fetch('GET', `/api/v1/invocations/${id}?after=${after}`)).status).toBe(200);
    expect((await world.acme.admin.fetch('GET', `/api/v1/invocations/${id}?after=${after}`)).status).toBe(
      404,
    );
    // A budget of the whole tenant is of the key's own, whatever its id says.
    const own = await admin.fetch('POST', '/api/v1/budgets', {
      scope: 'tenant',
      id: 'acme',
      period: 'daily',
      limitUsd: '3',
    });
    expect(own.status).toBe(201);
    expect(await keptOf(world.running, 'acme', { trail: false })).toEqual(before);
  });

  test('by headers that come twice is none, never a mixture', async () => {
    const [acme, globex] = [world.acme.secret, world.globex.secret];
    const asked = async (...headers: string[]) => raw('GET', '/api/v1/me', headers);
    expect((await asked(keyOf(globex), keyOf(acme))).status).toBe(401);
    const joined = await asked(`authorization: Bearer ${globex}, Bearer ${acme}`);
    expect(joined.status).toBe(401);
    const two = await raw('GET', '/v1/models', [`x-api-key: ${globex}`, `x-api-key: ${acme}`]);
    expect(two.status).toBe(401);
    // What is in Authorization counts where both are there.
    const both = await raw('GET', `/v1/streams/${world.acme.only.stream}`, [
      keyOf(globex),
      `x-api-key: ${acme}`,
    ]);
    expect(both.status).toBe(404);
    const tags = await raw('GET', '/api/v1/departments/legal', [
      keyOf(globex),
      'if-match: "a"',
      'if-match: "b"',
    ]);
    expect(tags.status).toBe(200);
    expectSilent(tags, wordsOf(world), 'two tags');
  });
});
