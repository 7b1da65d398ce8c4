import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { idempotentByThemselves, withoutIdempotency } from '../management/idempotency.ts';
import { libraryOf, question, upload } from './canary/testing/library.ts';
import { actor } from './testing/actors.ts';

let running: RunningTestDaybook;
let first: RunningTestDaybook;
let pool: pg.Pool;
beforeAll(async () => {
  running = await testDaybook();
  first = running;
  pool = new pg.Pool({ connectionString: running.daybook.urls.database, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await running.stop();
  await first.stop();
});

const post = (path: string, key: string, body: unknown, authorization?: string) =>
  running.fetch(path, {
    method: 'POST',
    body,
    headers: { 'idempotency-key': key, ...(authorization ? { authorization } : {}) },
  });
const budget = (limitUsd: string) => ({ scope: 'user', id: 'ana', period: 'daily', limitUsd, mode: 'hard' });
const newKey = async (): Promise<string> => {
  const body = { name: 'other', role: 'tenant-admin' };
  const { secret } = await running.json<{ secret: string }>('/api/v1/keys', { method: 'POST', body });
  return `Bearer ${secret}`;
};

/** Every POST of the description, with a body that it takes. */
const bodies: Readonly<Record<string, unknown>> = {
  '/api/v1/budgets': budget('1'),
  '/api/v1/budgets/{scope}/{id}/{period}/reset': undefined,
  '/api/v1/workflows/{id}/versions': { definition: { steps: [{ id: 'a', uses: 'model' }] } },
  '/api/v1/agents/messages': { from: 'a', to: { agent: 'b' }, type: 'greeting', body: { text: 'hello' } },
  '/api/v1/keys': { name: 'walked', role: 'service' },
  '/api/v1/keys/{key}/rotate': { overlapSeconds: 60 },
  '/api/v1/tenants': { tenant: 'walked', name: 'Walked' },
  '/api/v1/tenants/{tenant}/{action}': undefined,
  '/api/v1/tenants/{tenant}/admin-keys': { name: 'another admin' },
  '/api/v1/departments': { slug: 'walked' },
  '/api/v1/departments/{department}/{action}': undefined,
  '/api/v1/users': { id: 'walked@example.com' },
  '/api/v1/users/{user}/{action}': undefined,
  '/api/v1/projections/{name}/rebuild': undefined,
  '/api/v1/knowledge/{department}/documents/{document}/impact/ask-again': { limit: 1 },
  '/api/v1/knowledge/{department}/documents/{document}/reindex': undefined,
  '/api/v1/knowledge/{department}/uploads': { name: 'walked.txt', bytes: 5 },
  '/api/v1/queries': { question, departments: ['library'] },
  '/api/v1/queries/count': { departments: ['library'] },
  '/api/v1/queries/{query}/feedback': { right: true },
  '/api/v1/queries/{query}/escalate': undefined,
  '/api/v1/reviews/{review}/resolve': { resolution: 'corrected', answer: 'At noon.' },
};
/** What stands in addresses; what people make is made first. */
async function placesOf(): Promise<(path: string) => string> {
  const made = async (path: string, body: object) =>
    running.json<Record<string, string>>(`/api/v1/${path}`, { method: 'POST', body });
  await made('departments', { slug: 'library' });
  const library = await libraryOf(actor(running.url), 'library', 'of ours');
  const values: Readonly<Record<string, string | undefined>> = {
    ...library,
    scope: 'user',
    id: 'ana',
    period: 'daily',
    name: 'budgets',
    tenant: (await made('tenants', { tenant: 'placed', name: 'Placed' }))['tenant'],
    department: (await made('departments', { slug: 'placed' }))['department'],
    user: (await made('users', { id: 'placed@example.com' }))['user'],
    key: (await made('keys', { name: 'placed' }))['key'],
  };
  const action = (path: string) =>
    path.includes('/tenants/') ? 'suspend' : path.includes('/departments/') ? 'archive' : 'disable';
  return (path) =>
    path
      .replace('/knowledge/{department}', '/knowledge/library')
      .replace(/\{(\w+)\}/g, (_, name: string) =>
        name === 'action' ? action(path) : (values[name] ?? name),
      );
}

test('every POST of the description says the header, and gives its first answer again', async () => {
  const { paths } = await running.json<{
    paths: Record<string, { post?: { parameters?: { name: string; in: string }[] } }>;
  }>('/openapi.json');
  const posts = Object.entries(paths).filter(([path, { post }]) => path.startsWith('/api/v1/') && post);
  expect(posts.map(([path]) => path).sort()).toEqual(
    [...Object.keys(bodies), ...withoutIdempotency, ...idempotentByThemselves].sort(),
  );
  await running.json('/api/v1/budgets', { method: 'POST', body: budget('1') });
  // A projector says of itself within a second or two that it is there.
  await running.eventually<{ data: { name: string }[] }>('/api/v1/projections', ({ data }) =>
    data.some(({ name }) => name === 'budgets'),
  );
  const real = await placesOf();
  // A projection can be rebuilt once its worker has said that it is there.
  await running.eventually<{ data: { name: string }[] }>('/api/v1/projections', ({ data }) =>
    data.some(({ name }) => name === 'budgets'),
  );
  for (const [path, { post: described }] of posts) {
    if (withoutIdempotency.has(path)) continue;
    const named = described?.parameters?.filter(({ name }) => name === 'Idempotency-Key');
    expect(named, path).toMatchObject([{ in: 'header' }]);
    if (idempotentByThemselves.has(path)) continue;
    const own = await post(real(path), `walk-${path}`, bodies[path]);
    const ownText = await own.text();
    expect(own.status, `${path} ${ownText}`).toBeLessThan(300);
    expect(own.headers.has('idempotent-replayed')).toBe(false);
    const again = await post(real(path), `walk-${path}`, bodies[path]);
    expect([again.status, await again.text(), again.headers.get('idempotent-replayed')], path).toEqual([
      own.status,
      ownText,
      'true',
    ]);
    for (const name of ['content-type', 'daybook-position'])
      expect(again.headers.get(name)).toBe(own.headers.get(name));
    expect(again.headers.get('x-request-id')).not.toBe(own.headers.get('x-request-id'));
  }
});

test('a file that comes again under its key is the same document; as other bytes, or elsewhere, it is refused', async () => {
  const admin = actor(running.url);
  for (const slug of ['files', 'elsewhere']) await admin.json('POST', '/api/v1/departments', { slug });
  const at = '/api/v1/knowledge/files/documents';
  const sent = (path: string, text: string, key = 'file', who = admin) =>
    who.send('POST', `${path}?name=a.md`, text, { 'idempotency-key': key });
  const documentsOf = async (answer: Promise<Response>) => {
    const { data } = (await (await answer).json()) as { data: { document: string; revision: number }[] };
    return data;
  };
  const first = await documentsOf(sent(at, 'The first words.'));
  expect(first).toMatchObject([{ revision: 1 }]);
  const twice = await Promise.all([1, 2, 3].map(() => documentsOf(sent(at, 'The first words.'))));
  for (const again of twice) expect(again).toEqual(first);
  for (const other of [
    sent(at, 'Other words.'),
    sent('/api/v1/knowledge/elsewhere/documents', 'The first words.'),
  ]) {
    const refused = await other;
    expect([refused.status, await refused.json()]).toMatchObject([422, { code: 'request.key-reused' }]);
  }
  const theirs = actor(running.url, (await newKey()).slice('Bearer '.length));
  await theirs.inForce();
  expect((await documentsOf(sent(at, 'Other words.', 'file', theirs)))[0]?.document).not.toBe(
    first[0]?.document,
  );
  expect((await sent(at, 'x', 'a b')).status).toBe(400);
  // Also once it has another revision, and when it is gone: nothing more is done.
  const document = first[0]?.document ?? '';
  await upload(admin, 'files', 'a.md', 'The second words.', { document });
  expect(await documentsOf(sent(at, 'The first words.'))).toEqual(first);
  expect(await admin.json('GET', `${at}/${document}`)).toMatchObject({ revision: 2 });
  const { position } = await admin.json<{ position: string }>('DELETE', `${at}/${document}`);
  expect(await documentsOf(sent(at, 'The first words.'))).toEqual(first);
  expect(await admin.json('GET', `${at}/${document}?after=${position}`)).toMatchObject({ status: 'deleted' });
  // Of a form each file is a document of its own.
  const form = () => {
    const files = new FormData();
    for (const name of ['one.md', 'two.md']) files.append('file', new File([name], name));
    return documentsOf(admin.send('POST', at, files, { 'idempotency-key': 'form' }));
  };
  const both = await form();
  expect(new Set(both.map((one) => one.document)).size).toBe(2);
  expect(await form()).toEqual(both);
});

test('many at once are carried out once: one is answered, the others wait or get the same answer', async () => {
  const all = await Promise.all(
    Array.from({ length: 12 }, () => post('/api/v1/keys', 'race', { name: 'race', role: 'service' })),
  );
  const done = all.filter(({ status }) => status === 201);
  const secrets = await Promise.all(
    done.map(async (one) => ((await one.json()) as { secret: string }).secret),
  );
  expect(new Set(secrets).size).toBe(1);
  for (const one of all.filter(({ status }) => status !== 201)) {
    expect(one.status).toBe(409);
    expect(one.headers.get('retry-after')).toBe('1');
    expect(await one.json()).toMatchObject({ code: 'request.in-progress' });
  }
  const { data } = await running.eventually<{ data: { name: string }[] }>('/api/v1/keys', ({ data }) =>
    data.some(({ name }) => name === 'race'),
  );
  expect(data.filter(({ name }) => name === 'race')).toHaveLength(1);
});

test('another body, or another address, is refused', async () => {
  expect((await post('/api/v1/budgets', 'other', budget('2'))).status).toBe(201);
  const refused = await post('/api/v1/budgets', 'other', budget('3'));
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'request.key-reused' });
  expect((await post('/api/v1/budgets?x=1', 'other', budget('2'))).status).toBe(422);
});

test('a key is its principal’s own: the same one of another is another command', async () => {
  const authorization = await newKey();
  expect((await post('/api/v1/budgets', 'mine', budget('4'))).status).toBe(201);
  const theirs = await post('/api/v1/budgets', 'mine', budget('5'), authorization);
  expect([theirs.status, theirs.headers.has('idempotent-replayed')]).toEqual([201, false]);
  await running.eventually<{ data: { limitUsd: string }[] }>(
    '/api/v1/budgets?scope=user&id=ana',
    ({ data }) => data.some(({ limitUsd }) => limitUsd === '5'),
  );
});

test('what could not be carried out is tried anew, what was refused stays refused', async () => {
  await pool.query('alter table vault.replies rename to replies_away');
  const away = await post('/api/v1/budgets', 'away', budget('6'));
  await pool.query('alter table vault.replies_away rename to replies');
  expect(away.status).toBe(503);
  expect((await post('/api/v1/budgets', 'away', budget('6'))).status).toBe(201);
  const none = '/api/v1/budgets/user/nobody/daily/reset';
  expect((await post(none, 'none', undefined)).status).toBe(404);
  const again = await post(none, 'none', undefined);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([404, 'true']);
});

test.each(['', 'a b', 'x'.repeat(256)])('a key such as %j is refused by name', async (key) => {
  const response = await post('/api/v1/budgets', key, budget('1'));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'request.invalid', param: 'idempotency-key' });
});

test('it survives a restart, sealed: a secret that was answered is nowhere in the clear, and kept a day', async () => {
  const body = { name: 'restart', role: 'service' };
  const answered = await (await post('/api/v1/keys', 'restart', body)).text();
  const { secret } = JSON.parse(answered) as { secret: string };
  const { rows } = await pool.query<{ row: string; hours: number }>(
    `select encode(coalesce(sealed, ''), 'escape') || r::text as row,
            extract(epoch from expires_at - now()) / 3600 as hours
     from vault.replies r where kind = 'command'`,
  );
  expect(rows.length).toBeGreaterThan(5);
  for (const { row, hours } of rows) {
    expect(row).not.toContain(secret);
    expect(Number(hours)).toBeLessThanOrEqual(24);
  }
  await pool.end();
  await running.daybook.stop();
  running = await testDaybook({ folder: first.folder });
  pool = new pg.Pool({ connectionString: running.daybook.urls.database, max: 1 });
  const again = await post('/api/v1/keys', 'restart', body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.text()).toBe(answered);
});
