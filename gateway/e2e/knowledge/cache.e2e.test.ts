import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnswerView, DocumentView } from '../../../schemas/http/knowledge.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

let daybook: KnowledgeDaybook;
let rules: DocumentView;

beforeAll(async () => {
  daybook = await knowledgeDaybook();
  for (const slug of ['shop', 'other']) await daybook.department(slug);
  [rules] = (await daybook.upload('shop', [
    {
      name: 'rules.md',
      bytes:
        '# Rules\n\nA bicycle that Anna bought may be returned within 30 days of its delivery. A bicycle that Bruno bought may not be returned within 30 days of its delivery, but within 20. Opened boxes are accepted.\n',
    },
  ])) as [DocumentView];
});
afterAll(() => daybook?.stop());

const ask = (question: string, department = 'shop') => daybook.ask(question, { departments: [department] });
/** A moment later, the answers of before are in the read models that a hit asks. */
const servedFrom = async (question: string, department?: string) => (await ask(question, department)).cached;

const first = 'May a bicycle that Anna bought be returned within 30 days of its delivery?';

test('the same in other words is served again, with its citations; what differs in a number, name or negation is not', async () => {
  const asked = await ask(first);
  expect(asked).toMatchObject({ outcome: 'answered', cached: null });
  expect(asked.citations.length).toBeGreaterThan(0);

  const again: AnswerView = await ask(
    'May a bicycle that Anna bought be returned within 30 days of its delivery',
  );
  expect(again).toMatchObject({ cached: asked.query, text: asked.text, citations: asked.citations });
  expect(again.query).not.toBe(asked.query);
  expect(
    await servedFrom('may the bicycle that Anna bought be returned within 30 days of its delivery?'),
  ).toBe(asked.query);

  for (const different of [
    'May a bicycle that Anna bought be returned within 20 days of its delivery?',
    'May a bicycle that Bruno bought be returned within 30 days of its delivery?',
    'May a bicycle that Anna bought not be returned within 30 days of its delivery?',
  ])
    expect(await servedFrom(different), different).toBeNull();
  expect(await servedFrom(first, 'other')).toBeNull();
  const other = await daybook.ask(first, { departments: ['shop'], k: 3 });
  expect(other.cached).toBeNull();
});

test('a new revision of what it cites ends it, and so do new documents beside it; others do not', async () => {
  const asked = await ask(first);
  const served = asked.cached ?? asked.query;
  await daybook.upload('other', [{ name: 'far.md', bytes: '# Anna\n\nAnna bought a bicycle.\n' }]);
  expect(await servedFrom(first)).toBe(served);

  await daybook.upload('shop', [
    {
      name: 'new.md',
      bytes:
        '# News\n\nFrom now on a bicycle that Anna bought may be returned within 30 days of its delivery, for no reason.\n',
    },
  ]);
  const beside = await ask(first);
  expect(beside.cached).toBeNull();
  expect(await servedFrom(first)).toBe(beside.query);

  await daybook.replace('shop', rules.document, {
    name: 'rules.md',
    bytes: '# Rules\n\nA bicycle that Anna bought may be returned within 90 days of its delivery.\n',
  });
  const anew = await ask(first);
  expect(anew.cached).toBeNull();
  for (const { document, revision } of anew.citations)
    expect(revision).toBe(document === rules.document ? 2 : 1);
});
