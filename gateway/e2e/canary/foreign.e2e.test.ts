import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ids, type Question, rows } from './routes.ts';
import { expectRefusal, expectSilent, gist, type Heard, heard } from './testing/answers.ts';
import { atRest, keptOf } from './testing/untouched.ts';
import { madeUp, type World, worldOf } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await worldOf();
}, 120_000);
afterAll(() => world.stop());

/** The administrator of globex asks. */
const ask = async (method: string, { path, body, headers }: Question): Promise<Heard> =>
  heard(await world.globex.admin.fetch(method, path, body, headers));

const wordsOf = ({ acme }: World) => [
  acme.marker,
  acme.only.userId,
  acme.only.departmentId,
  acme.only.key,
  acme.only.invocation,
  acme.only.document,
  acme.only.query,
];

describe('by the tokens of another tenant', () => {
  /** What acme is told, by the headers and bodies of its own questions. */
  async function theirs(method: string, path: string): Promise<{ cursor: string; answer: Heard }> {
    const answer = await heard(await world.acme.admin.fetch(method, path));
    const { nextCursor } = JSON.parse(answer.text) as { nextCursor: string };
    return { cursor: nextCursor, answer };
  }

  test.each([
    'budgets',
    'invocations',
    'events',
    'departments',
    'users',
    'members',
    'keys',
    'workflows/plan/versions',
    'knowledge/legal/documents',
    'queries',
    'reviews',
  ])('a cursor of /%s pages through one’s own alone', async (list) => {
    const { cursor } = await theirs('GET', `/api/v1/${list}?limit=1`);
    expect(cursor).toMatch(/^[\w-]{6,}$/);
    const answer = await ask('GET', { path: `/api/v1/${list}?cursor=${cursor}` });
    expect([200, 400]).toContain(answer.status);
    expectSilent(answer, wordsOf(world), list);
  });

  test('an ETag matches nothing, and a position waits for nothing that is not there', async () => {
    const { answer } = await theirs('GET', '/api/v1/departments/legal');
    const etag = answer.headers['etag'] ?? '';
    const changed = await ask('PATCH', {
      path: '/api/v1/departments/legal',
      body: { name: 'Legal' },
      headers: { 'if-match': etag },
    });
    expect(changed.status).toBe(412);
    const after = answer.headers['daybook-position'] ?? '';
    const knowledge = ['knowledge/legal/documents', 'queries', 'reviews'];
    for (const list of ['budgets', 'invocations', 'events', 'departments', 'users', 'keys', ...knowledge]) {
      const found = await ask('GET', { path: `/api/v1/${list}?after=${after}` });
      expect(found.status, list).toBe(200);
      expectSilent(found, wordsOf(world), list);
    }
    const live = await ask('GET', { path: `/api/v1/events/stream?after=${after}` });
    expectSilent(live, wordsOf(world), 'the stream of events');
    const resumed = await ask('GET', { path: '/api/v1/events/stream', headers: { 'last-event-id': after } });
    expectSilent(resumed, wordsOf(world), 'the stream of events, resumed');
  });

  test('the same Idempotency-Key is each tenant’s own, for commands and for calls', async () => {
    const twice = async (path: string, body: object) => {
      const headers = { 'idempotency-key': 'the-same' };
      const first = await heard(await world.acme.admin.fetch('POST', path, body, headers));
      const second = await ask('POST', { path, body, headers });
      const again = await ask('POST', { path, body, headers });
      expect(first.status, path).toBeLessThan(300);
      expect(second.status, path).toBe(first.status);
      expect(second.headers['idempotent-replayed'], path).toBeUndefined();
      expect(again.headers['idempotent-replayed'], path).toBe('true');
      // Another body under it is refused for who used it, and for nobody else.
      const other = { ...body, name: 'another', note: 'another', metadata: { a: 'b' } };
      const unknown = { path, body: other, headers: { 'idempotency-key': `only-acme-${path}` } };
      await world.acme.admin.fetch('POST', path, body, unknown.headers).then((one) => one.text());
      expect((await ask('POST', unknown)).status, path).not.toBe(422);
      expectSilent(second, wordsOf(world), path);
    };
    await twice('/api/v1/keys', { name: 'of both' });
    await twice('/v1/chat/completions', {
      model: 'test/echo',
      max_tokens: 40,
      messages: [{ role: 'user', content: 'The same words' }],
    });
  });

  test('a cached answer is given to the tenant that paid for it', async () => {
    const question = {
      path: '/v1/chat/completions',
      body: {
        model: 'test/echo',
        max_tokens: 40,
        temperature: 0,
        messages: [{ role: 'user', content: 'Cached words' }],
      },
      headers: { 'daybook-cache': 'use' },
    };
    const acmes = async () =>
      heard(await world.acme.admin.fetch('POST', question.path, question.body, question.headers));
    expect((await acmes()).headers['daybook-cache']).toBe('miss');
    expect((await acmes()).headers['daybook-cache']).toBe('hit');
    expect((await ask('POST', question)).headers['daybook-cache']).toBe('miss');
  });
});

describe('by the ids of another tenant', () => {
  test.each(rows.filter(({ permission }) => permission !== 'open'))(
    '$route answers $foreign, as for ids that nobody has',
    async ({ route, ask: questions, foreign }) => {
      const [method = ''] = route.split(' ');
      const { acme, running } = world;
      const before = await atRest(running, 'acme');
      const nobody = madeUp(acme.only);
      const theirs = questions(acme.only);
      const invented = questions(nobody);
      for (const [index, question] of theirs.entries()) {
        const other = invented[index] ?? question;
        // Together: what is young may be waited for.
        const [answer, control] = await Promise.all([ask(method, question), ask(method, other)]);
        const name = `${method} ${question.path}`;
        expect(answer.status, `${name}: ${answer.text}`).toBe(foreign);
        // What was asked may be said again, and by now globex has things of its own by those names.
        const asked = idsIn(acme.only, question);
        const { marker, only } = acme;
        const words = [marker, only.key, only.invocation, only.document, only.query].filter(
          (word) => !asked.includes(word),
        );
        expectSilent(answer, words, name);
        if (foreign >= 400) expectRefusal(answer, question.path, name);
        expect(gist(answer, idsIn(acme.only, question)), name).toEqual(gist(control, idsIn(nobody, other)));
      }
      expect(await keptOf(running, 'acme')).toEqual(before);
    },
  );
});

test('erasing by the opaque id of another tenant’s person is erasing nobody', async () => {
  const { acme, running } = world;
  const before = await atRest(running, 'acme');
  const nobody = madeUp(acme.only);
  const erase = (userId: string) => ask('DELETE', { path: `/api/v1/users/${userId}/data` });
  const theirs = await erase(acme.only.userId);
  const control = await erase(nobody.userId);
  expect(gist(theirs)).toEqual(gist(control));
  expect(await keptOf(running, 'acme')).toEqual(before);
  expect(await acme.admin.json('GET', `/api/v1/users/${acme.only.user}`)).toMatchObject({
    id: acme.only.user,
    profile: { displayName: `${acme.marker} Ana` },
  });
});

/** Those that a question names, the longest first: one may stand in another. */
const idsIn = (ids: Ids, question: Question): string[] =>
  Object.values(ids)
    .filter((id) => JSON.stringify(question).includes(id))
    .sort((a, b) => b.length - a.length);
