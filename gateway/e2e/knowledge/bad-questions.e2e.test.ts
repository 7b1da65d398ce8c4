import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testAdminKey } from '../../../infra/testing/daybook.ts';
import type { DocumentView } from '../../../schemas/http/knowledge.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

const hebrew = 'החנות בתל אביב פתוחה משבע בבוקר עד תשע בערב בכל יום.';
const emoji = 'The 🚲👩‍👩‍👧‍👦 family bicycle 🇧🇷 costs 900 dollars 💸 with all of its wheels.';
const arabic = 'يفتح المتجر في القاهرة من الساعة التاسعة صباحا حتى السادسة مساء.';

let daybook: KnowledgeDaybook;
beforeAll(async () => {
  daybook = await knowledgeDaybook();
  for (const slug of ['shop', 'empty']) await daybook.department(slug);
  await daybook.upload('shop', [
    { name: 'שעות 🕘.txt', bytes: `${hebrew}\n` },
    { name: 'عربي.txt', bytes: `${arabic}\n` },
    { name: 'emoji.md', bytes: `# 🚲\n\n${emoji}\n` },
  ]);
});
afterAll(() => daybook?.stop());

const asked = (body: object, query = '') =>
  daybook.running.fetch(`/api/v1/queries${query}`, { method: 'POST', body });

describe('a bad question', () => {
  test.each([
    ['of 100,000 characters', { question: 'why '.repeat(25_000) }, 400, 'request.invalid'],
    ['of nothing', { question: '   ' }, 400, 'request.invalid'],
    ['without any', {}, 400, 'request.invalid'],
    ['of another type', { question: ['why'] }, 400, 'request.invalid'],
    ['in an unknown department', { question: 'why?', departments: ['nowhere'] }, 404, 'resource.not-found'],
    ['in no department', { question: 'why?', departments: [] }, 400, 'request.invalid'],
    ['for no passages', { question: 'why?', k: 0 }, 400, 'request.invalid'],
    ['with an unknown option', { question: 'why?', magic: true }, 400, 'request.invalid'],
  ])('%s has its clear error', async (_, body, status, code) => {
    for (const stream of [false, true]) {
      const response = await asked({ ...body, stream });
      expect(response.headers.get('content-type')).toMatch(/problem\+json|event-stream/);
      const text = await response.text();
      expect(text).toContain(`"code":"${code}"`);
      if (!text.startsWith('event: error')) expect(response.status).toBe(status);
    }
  });

  test('in a department without knowledge is "not found here"', async () => {
    const answer = await daybook.ask('When is the shop open?', { departments: ['empty'] });
    expect(answer).toMatchObject({ outcome: 'not-found', citations: [], passages: [], confidence: null });
    const table = await daybook.ask('Quais são as reclamações mais comuns?', { departments: ['empty'] });
    expect(table).toMatchObject({ outcome: 'not-found', citations: [] });
  });

  test.each([
    ['only of signs', '?!… 🤷 ---'],
    ['only of stop words', 'and of the or to'],
    ['with control characters', 'when\u0000 is\u0007 it \u202eopen\u202c?'],
    ['with half of a surrogate pair', 'when \ud83d open?'],
    ['of one word of 8,000 letters', 'a'.repeat(8_000)],
  ])('%s is answered or refused, and nothing breaks', async (_, question) => {
    const response = await asked({ question, departments: ['shop'] });
    expect([200, 400]).toContain(response.status);
    await response.text();
    expect((await daybook.ask('How much does the family bicycle cost?')).outcome).toBe('answered');
  });
});

test.each([
  ['right to left', 'מתי פתוחה החנות בתל אביב?', hebrew],
  ['in Arabic', 'متى يفتح المتجر في القاهرة؟', arabic],
  ['with emoji', 'How much does the 🚲 family bicycle 🇧🇷 cost?', emoji],
])('text %s is found and quoted as it stands', async (_, question, sentence) => {
  const answer = await daybook.ask(question, { departments: ['shop'] });
  expect(answer.outcome).toBe('answered');
  expect(answer.text).toContain(sentence);
  const [citation] = answer.citations;
  expect(citation?.quote).toBe(sentence);
  const text = await daybook.text('shop', citation?.document ?? '');
  expect(text.slice(citation?.start, citation?.end)).toBe(sentence);
});

test('a document that is deleted while it is indexed is never found, and harms no other', async () => {
  const place = '/api/v1/knowledge/shop/documents';
  for (let round = 0; round < 8; round++) {
    const form = new FormData();
    const secret = `The vanishing word of round ${round} is xylophonist${round}.`;
    const filler = 'Much else is said here, and none of it matters to anybody at all. '.repeat(4_000);
    form.append('file', new Blob([`# Gone\n\n${secret}\n\n${filler}`]), `gone-${round}.md`);
    const uploaded = await fetch(`${daybook.running.url}${place}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testAdminKey}` },
      body: form,
    });
    const { data }: { data: { document: string }[] } = JSON.parse(await uploaded.text());
    const document = data[0]?.document ?? '';
    await new Promise((resolve) => setTimeout(resolve, round * 40));
    const { position } = await daybook.running.json<{ position: string }>(`${place}/${document}`, {
      method: 'DELETE',
    });
    const answer = await daybook.ask(
      `What is the vanishing word xylophonist${round} of round ${round}?`,
      { departments: ['shop'], cache: false },
      { after: position },
    );
    expect(answer.citations.map((one) => one.document)).not.toContain(document);
    expect(answer.passages.map((one) => one.document)).not.toContain(document);
  }
  // What a worker was still at has ended by then, and says nothing any more.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { data } = await daybook.running.json<{ data: DocumentView[] }>(`${place}?limit=100`);
  expect(data.map(({ status }) => status)).toEqual(['indexed', 'indexed', 'indexed']);
  const answer = await daybook.ask('What is the vanishing word xylophonist3?', { cache: false });
  expect(answer.passages.every(({ document }) => data.some((one) => one.document === document))).toBe(true);
});
