import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

let running: RunningTestDaybook;
let admin: Actor;

beforeAll(async () => {
  running = await testDaybook();
  admin = actor(running.url);
});
afterAll(() => running.stop());

interface Kinds {
  data: { kind: string; days: number | null; before: string | null }[];
}

test('is set by an administrator, seen by an auditor, executed at once, and told', async () => {
  const asked = await admin.call('builtin/extractive', { user: 'ana' });
  const id = asked.headers.get('daybook-invocation-id') ?? '';
  const before = await running.json<Kinds>('/api/v1/retention');
  expect(before.data.map(({ days }) => days)).toEqual([null, null, null, null]);
  await admin.json('PUT', '/api/v1/retention', { prompts: 1, addresses: 30 });
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const { data } = await running.eventually<Kinds>('/api/v1/retention', ({ data: all }) =>
    all.some(({ kind, before: ended }) => kind === 'prompts' && ended !== null),
  );
  expect(data[0]).toMatchObject({ kind: 'prompts', days: 1, before: yesterday });
  const trail = await running.eventually<{ data: { reason: string }[] }>(
    '/api/v1/audit?action=retention&target=prompts',
    (body) => body.data.length === 2,
  );
  expect(trail.data.map(({ reason }) => reason)).toEqual([`0 contents before ${yesterday}`, 'days: 1']);
  // What is of today is kept whole.
  expect(JSON.stringify(await running.json(`/api/v1/invocations/${id}`))).toContain('How are you?');

  const { secret } = await issueFor(admin, { name: 'auditor', role: 'auditor' });
  const auditor = actor(running.url, secret);
  await auditor.inForce();
  expect(await auditor.json('GET', '/api/v1/retention')).toMatchObject({ data: { length: 4 } });
  expect((await auditor.fetch('PUT', '/api/v1/retention', { prompts: null })).status).toBe(403);
});

test.each([{ prompts: 0 }, { prompts: 1.5 }, { answers: '30' }, { profiles: 30 }, { messages: 40_000 }])(
  'refuses %j',
  async (body) => {
    const refused = await running.fetch('/api/v1/retention', { method: 'PUT', body });
    expect(refused.status).toBe(400);
  },
);
