import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnswerView, askedAgainView } from '../../../schemas/http/knowledge.ts';
import type { z } from '../../management/app.ts';
import { type Actor, actor, issueFor } from '../testing/actors.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

type AskedAgain = z.infer<typeof askedAgainView>;

/** No model is there: answers are sentences of the sources. */
let daybook: KnowledgeDaybook;
let admin: Actor;
let ana: Actor;
let lead: Actor;
let otherLead: Actor;
let document: string;

const policy = (days: number) => `# Refunds\n\nRefunds are paid within ${days} days of the return.\n`;
const question = 'Within how many days of the return are refunds paid?';

beforeAll(async () => {
  daybook = await knowledgeDaybook({ config: 'knowledge: { threshold: 0 }' });
  const { url } = daybook.running;
  admin = actor(url);
  await daybook.department('desk');
  await daybook.department('sales');
  const [uploaded] = await daybook.upload('desk', [{ name: 'policy.md', bytes: policy(14) }]);
  document = uploaded?.document ?? '';
  const member = async (user: string, department: string, role: string) => {
    await admin.json('POST', '/api/v1/users', { id: user });
    await admin.json('PUT', `/api/v1/members/${user}/${department}`, { role });
    const { secret } = await issueFor(admin, { name: user, role, user });
    const one = actor(url, secret);
    await one.inForce(`/api/v1/departments/${department}`);
    return one;
  };
  ana = await member('ana', 'desk', 'member');
  lead = await member('lea', 'desk', 'department-lead');
  otherLead = await member('rob', 'sales', 'department-lead');
});
afterAll(() => daybook?.stop());

const ask = (who: Actor) =>
  who.json<AnswerView>('POST', '/api/v1/queries', { question, departments: ['desk'] });
const answerOf = (who: Actor, query: string, after: string) =>
  who.json<AnswerView>('GET', `/api/v1/queries/${query}?after=${after}`);
const path = (department: string, after = '') =>
  `/api/v1/knowledge/${department}/documents/${document}/impact/ask-again${after && `?after=${after}`}`;

test('a document is replaced: who asked finds the new answer by the old one, and nobody else is told of it', async () => {
  const asked = await ask(ana);
  expect(asked).toMatchObject({ outcome: 'answered', replacedBy: null, replaces: null });
  expect(asked.text).toContain('14 days');
  const ofLead = await ask(lead);
  // What cites the revision that is found is left alone.
  expect(await lead.json('POST', path('desk', ofLead.position), {})).toEqual({ data: [], position: null });

  await daybook.replace('desk', document, { name: 'policy.md', bytes: policy(30) });
  for (const department of ['desk', 'sales'])
    expect((await otherLead.fetch('POST', path(department), {})).status).toBe(404);
  expect((await ana.fetch('POST', path('desk'), {})).status).toBe(403);

  // The newest first, and no more than were asked for.
  const one = await lead.json<AskedAgain>('POST', path('desk', ofLead.position), { limit: 1 });
  expect(one.data).toMatchObject([{ query: ofLead.query, outcome: 'answered', code: null }]);
  const rest = await lead.json<AskedAgain>('POST', path('desk', one.position ?? ''), {});
  expect(rest.data).toMatchObject([{ query: asked.query, outcome: 'answered', code: null }]);
  expect(await lead.json('POST', path('desk', rest.position ?? ''), {})).toEqual({
    data: [],
    position: null,
  });

  const [{ replacedBy } = { replacedBy: null }] = rest.data;
  const after = rest.position ?? '';
  expect(await answerOf(ana, asked.query, after)).toMatchObject({ text: asked.text, replacedBy });
  const anew = await answerOf(ana, replacedBy ?? '', after);
  expect(anew).toMatchObject({
    question,
    outcome: 'answered',
    replaces: asked.query,
    replacedBy: null,
    conversation: null,
    cached: null,
  });
  expect(anew.text).toContain('30 days');
  expect(anew.citations).toMatchObject([{ document, revision: 2 }]);
  const { data } = await ana.json<{ data: AnswerView[] }>('GET', `/api/v1/queries?after=${after}`);
  expect(data.map(({ query, replacedBy: by }) => [query, by])).toEqual([
    [replacedBy, null],
    [asked.query, replacedBy],
  ]);
  expect((await otherLead.fetch('GET', `/api/v1/queries/${replacedBy}?after=${after}`)).status).toBe(404);
});

test('a document is deleted: what it answered is asked again, too, but not for whoever is let in no more, nor what was asked of the past', async () => {
  const { position } = await ask(ana);
  const past = await admin.json<AnswerView>('POST', `/api/v1/queries?at=${position}`, {
    question,
    departments: ['desk'],
  });
  await admin.json('DELETE', `/api/v1/knowledge/desk/documents/${document}`);
  await admin.json('POST', '/api/v1/users/ana/disable');
  await ana.inForce('/api/v1/me', 403);
  const again = await admin.json<AskedAgain>('POST', path('desk', past.position), {});
  // The lead’s second answer; none of Ana’s, who is let in no more, and not what was asked of the past.
  expect(again.data.map(({ outcome }) => outcome)).toEqual(['not-found']);
  const anew = await answerOf(lead, again.data[0]?.replacedBy ?? '', again.position ?? '');
  expect(anew).toMatchObject({ question, outcome: 'not-found', citations: [] });
});
