import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentEvents } from '../../../schemas/events/agents.ts';
import { approvalEvents } from '../../../schemas/events/approvals.ts';
import { budgetEvents } from '../../../schemas/events/budgets.ts';
import { identityEvents } from '../../../schemas/events/identity.ts';
import { inferenceEvents } from '../../../schemas/events/inference.ts';
import { knowledgeEvents } from '../../../schemas/events/knowledge.ts';
import { actor, issueFor } from '../testing/actors.ts';
import { rows } from './routes.ts';
import { gist, heard } from './testing/answers.ts';
import { question } from './testing/library.ts';
import { atRest } from './testing/untouched.ts';
import { type World, worldOf } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await worldOf();
}, 120_000);
afterAll(() => world.stop());

// The audit trail grows by what its tenant itself reads, here, too.
const readings = rows.filter(
  ({ route, permission, tells }) =>
    route.startsWith('GET ') &&
    permission !== 'open' &&
    tells !== 'operator' &&
    !route.endsWith('/stream') &&
    !route.startsWith('GET /api/v1/audit'),
);

/** What a busy tenant makes, without what a tenant that only reads makes, too: `key.used` and the facts of its trail. */
const noisy = Object.keys({
  ...identityEvents,
  ...budgetEvents,
  ...inferenceEvents,
  ...agentEvents,
  ...knowledgeEvents,
  ...approvalEvents,
})
  .filter((type) => type !== 'key.used')
  .join(',');

/** All that globex is told by its own ids, as it is told. */
async function told(): Promise<Map<string, object>> {
  const all = new Map<string, object>();
  for (const { ask } of readings)
    for (const { path } of ask(world.globex.only))
      all.set(path, gist(await heard(await world.globex.admin.fetch('GET', path))));
  return all;
}

/** What globex is answered to commands that make something new. */
async function answered(name: string): Promise<object[]> {
  const { admin } = world.globex;
  const of = async (method: string, path: string, body: object) =>
    gist(await heard(await admin.fetch(method, path, body)), [name]);
  return [
    await of('POST', '/api/v1/departments', { slug: name }),
    await of('POST', '/api/v1/users', { id: name }),
    await of('PUT', `/api/v1/members/${name}/${name}`, { role: 'member' }),
    await of('POST', '/api/v1/budgets', { scope: 'user', id: name, period: 'daily', limitUsd: '1' }),
    await of('POST', '/v1/embeddings', { model: 'builtin/hash', input: 'The same' }),
    await of('POST', '/api/v1/queries', { question, departments: ['legal'], cache: false }),
    await of('POST', '/api/v1/queries/count', { departments: ['legal'] }),
  ];
}

/** Acme does much, with all cores: calls, budgets, keys, people, messages, documents, questions. */
async function busy(calls: number): Promise<void> {
  const { admin } = world.acme;
  let left = calls;
  const worker = async () => {
    while (left-- > 0) {
      const name = `busy-${left}`;
      await (await admin.call('test/echo', { user: name })).text();
      if (left % 10 > 0) continue;
      await admin.json('POST', '/api/v1/budgets', {
        scope: 'user',
        id: name,
        period: 'daily',
        limitUsd: '1',
      });
      await admin.json('POST', '/api/v1/users', { id: name });
      await issueFor(admin, { name });
      const message = { from: 'a', to: { agent: 'b' }, type: 'note', conversation: name, body: name };
      await admin.json('POST', '/api/v1/agents/messages', message);
      await admin.json('POST', '/api/v1/queries', { question, departments: ['legal'], cache: false });
      // Reading a document takes a process of its own a second or so.
      if (left % 60 > 0) continue;
      const at = `/api/v1/knowledge/legal/documents?name=${name}.md`;
      await (await admin.send('POST', at, `The canary of ${name}`)).text();
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

test('what a tenant is told is the same whether another does nothing or much, and while it does', async () => {
  const { running, globex } = world;
  const first = await answered('newcomer-1');
  await atRest(running, 'globex');
  const before = await told();
  expect(before.size).toBeGreaterThan(30);
  const { secret } = await issueFor(globex.admin, { name: 'auditor', role: 'auditor' });
  const auditor = actor(running.url, secret);
  await auditor.inForce();
  await atRest(running, 'globex');
  const quiet = await told();
  const { body } = await auditor.fetch('GET', `/api/v1/events/stream?type=${noisy}`);
  const reader = body?.getReader();
  let streamed = '';
  const reading = (async () => {
    for (;;) {
      const next = await reader?.read();
      if (!next || next.done) return;
      streamed += Buffer.from(next.value).toString();
    }
  })();
  const noise = busy(600);
  let done = false;
  void noise.finally(() => {
    done = true;
  });
  const meanwhile: Map<string, object>[] = [];
  while (!done) meanwhile.push(await told());
  await noise;
  expect(meanwhile.length).toBeGreaterThan(1);
  for (const one of meanwhile) expect(one).toEqual(quiet);
  await atRest(running, 'acme');
  expect(await told()).toEqual(quiet);
  await reader?.cancel();
  await reading;
  // Only that it is open: not an event, not a position.
  expect(streamed).toMatch(/^retry: 1000\n\n(: still here\n\n)*$/);
  expect(await answered('newcomer-2')).toEqual(first);
}, 120_000);

test('how far read models are behind is told to the platform, and to no tenant', async () => {
  const path = '/api/v1/projections';
  const told = {
    lagCommits: expect.any(Number),
    lagSeconds: expect.any(Number),
    instance: expect.any(String),
  };
  const untold = { state: 'running', lagCommits: null, lagSeconds: null, instance: null, progress: null };
  for (const [who, what] of [
    [world.platform, told],
    [world.acme.admin, untold],
  ] as const) {
    const { data } = await who.json<{ data: object[] }>('GET', path);
    expect(data.length).toBeGreaterThan(10);
    for (const one of data) expect(one).toMatchObject(what);
  }
});
