import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DocumentView } from '../../../schemas/http/knowledge.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

let daybook: KnowledgeDaybook;
let fees: DocumentView;
let hours: DocumentView;

beforeAll(async () => {
  daybook = await knowledgeDaybook();
  await daybook.department('desk');
  [fees, hours] = (
    await daybook.upload('desk', [
      { name: 'fees.md', bytes: '# Fees\n\nThe repair of a saddle costs 25 dollars.\n' },
      { name: 'hours.md', bytes: '# Hours\n\nThe counter of the desk opens at half past nine.\n' },
    ])
  ).toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? '')) as [DocumentView, DocumentView];
});
afterAll(() => daybook?.stop());

const cost = 'How much does the repair of a saddle cost?';
const opens = 'When does the counter of the desk open?';
const asOf = (question: string, at?: string) =>
  daybook.ask(question, { departments: ['desk'], cache: false }, at === undefined ? {} : { at });

test('a past position is answered as it was: before a revision, before a deletion, before there was anything', async () => {
  expect((await asOf(cost)).text).toContain('25 dollars');
  await daybook.replace('desk', fees.document, {
    name: 'fees.md',
    bytes: '# Fees\n\nThe repair of a saddle costs 40 dollars.\n',
  });
  const gone = await daybook.running.json<{ position: string }>(
    `/api/v1/knowledge/desk/documents/${hours.document}`,
    { method: 'DELETE' },
  );
  const now = await daybook.ask(cost, { departments: ['desk'], cache: false }, { after: gone.position });
  expect(now.text).toContain('40 dollars');
  expect(now.citations).toMatchObject([{ document: fees.document, revision: 2 }]);
  expect((await asOf(opens)).outcome).toBe('not-found');

  const was = await asOf(opens, hours.position);
  expect(was).toMatchObject({
    outcome: 'answered',
    text: 'The counter of the desk opens at half past nine.',
  });
  expect(was.citations).toMatchObject([{ document: hours.document, revision: 1 }]);
  const later = await asOf(cost, gone.position);
  expect(later.text).toContain('40 dollars');
  const before = await asOf(cost, fees.position);
  expect(before.text).toContain('25 dollars');
  expect(before.citations).toMatchObject([{ document: fees.document, revision: 1 }]);
});

test('what is purged is gone from earlier moments, too, and the same file of another document stays', async () => {
  const bytes = '# Keys\n\nThe spare key of the workshop hangs behind the mirror.\n';
  const all = await daybook.upload('desk', [
    { name: 'keys.md', bytes },
    { name: 'keys-again.md', bytes },
  ]);
  const [first, second] = ['keys.md', 'keys-again.md'].map((one) => all.find(({ name }) => name === one));
  const where = 'Where does the spare key of the workshop hang?';
  const purge = (document: DocumentView | undefined) =>
    daybook.running.json<{ position: string }>(
      `/api/v1/knowledge/desk/documents/${document?.document}?purge=true`,
      { method: 'DELETE' },
    );
  const one = await purge(first);
  const still = await daybook.ask(where, { departments: ['desk'], cache: false }, { after: one.position });
  expect([...new Set(still.citations.map(({ document }) => document))]).toEqual([second?.document]);
  await purge(second);
  expect((await asOf(where, second?.position)).outcome).toBe('not-found');
});

test('a position that is none, or of another installation, is refused', async () => {
  for (const at of ['nonsense', 'AAAAAAAAAAAAAAAAAAAAAA']) {
    const refused = await daybook.running.fetch(`/api/v1/queries?at=${at}`, {
      method: 'POST',
      body: { question: cost, departments: ['desk'] },
    });
    expect(refused.status, at).toBe(400);
  }
});
