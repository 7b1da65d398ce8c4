import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  answerJson,
  answers,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import { type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';

const paid = 'Within 14 days the buyer has the money back.';
const question = 'When does the shop pay the refund of a returned bicycle to its buyer?';

/** A ranking in which `paid` is first, and all else as it comes. */
const ranks: Script = ({ body }, response) => {
  const documents = body['documents'] as string[];
  const results = documents.map((text, index) => ({
    index,
    relevance_score: text.includes(paid) ? 0.9 : 0.1 / (index + 1),
  }));
  answerJson(
    response,
    200,
    JSON.stringify({
      id: 'r',
      results: results.toSorted((a, b) => b.relevance_score - a.relevance_score),
      usage: { total_tokens: 40 },
    }),
  );
};
/** What the reranker does next. */
let script: Script = ranks;

let upstream: ScriptedUpstream;
let daybook: KnowledgeDaybook;
beforeAll(async () => {
  upstream = await scriptedUpstream({
    model: (call, response) => {
      const source = 1 + passagesIn(call.body).findIndex((one) => one.includes(paid));
      answers(source === 0 ? '[not found]' : `${paid} [${source}: "${paid}"]`, usageOf(50, 10))(
        call,
        response,
      );
    },
    reranker: (call, response) => script(call, response),
  });
  daybook = await knowledgeDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
  - { name: model, provider: test, price: { input: "1", output: "10" } }
  - { name: reranker, provider: test, operations: [rerank], price: { input: "1", output: "0" } }
knowledge:
  k: 1
  mode: keyword
  threshold: 0
  reranker: { model: test/reranker }
  departments:
    eager: { options: { rerank: always } }
`,
  });
  for (const slug of ['shop', 'eager']) {
    await daybook.department(slug);
    await daybook.upload(slug, [
      { name: 'paid.md', bytes: `# Money\n\n${paid}\n` },
      {
        name: 'pay.md',
        bytes:
          '# Pay\n\nThe shop does pay: does the shop pay the refund of a bicycle to its buyer? Ask the shop.\n',
      },
      ...[1, 2].map((n) => ({ name: `glider-${n}.md`, bytes: '# Gliders\n\nGliders are sold in spring.\n' })),
    ]);
  }
});
afterAll(async () => {
  await daybook?.stop();
  await upstream?.stop();
});
beforeEach(() => {
  script = ranks;
  upstream.calls.length = 0;
});

interface Event {
  readonly data: {
    readonly key: string;
    readonly query?: string;
    readonly departments?: readonly string[];
    readonly options?: object;
    readonly invocation?: string;
  };
}
interface Events {
  readonly data: readonly Event[];
}

const ask = (options: object, more: object = {}) =>
  daybook.ask(question, { departments: ['shop'], cache: false, options, ...more });
const rankings = () => upstream.calls.filter(({ model }) => model === 'reranker');

test('without it what answers is not among the first; with it that is found and cited, and the call is the asker’s', async () => {
  expect(await ask({})).toMatchObject({ outcome: 'not-found', used: { rerank: 'off', skipped: [] } });
  expect(rankings()).toEqual([]);

  const answer = await ask({ rerank: 'always' });
  expect(answer).toMatchObject({
    citations: [{ quote: paid }],
    passages: [{ name: 'paid.md' }],
    used: { diversified: false, searched: [], hops: 0, rerank: 'done', skipped: [] },
  });
  const [ranking] = rankings();
  expect(ranking?.body).toMatchObject({
    query: question,
    documents: expect.arrayContaining([expect.stringContaining(paid)]),
  });
  expect(answer.invocations).toHaveLength(2);

  const events = (type: string, holds: (body: Events) => boolean) =>
    daybook.running.eventually<Events>(`/api/v1/events?type=${type}&limit=100`, holds);
  const isCall = ({ data }: Event) => answer.invocations.includes(data.invocation ?? '');
  const calls = await events('invocation.completed', ({ data }) => data.filter(isCall).length === 2);
  const isAnswer = ({ data }: Event) => data.query === answer.query;
  const recorded = await events('query.answered', ({ data }) => data.some(isAnswer));
  const answered = recorded.data.find(isAnswer)?.data;
  expect(answered?.options).toMatchObject({ rerank: 'done', skipped: [] });
  const asker = { key: answered?.key, department: answered?.departments?.[0] };
  expect(calls.data.filter(isCall).map(({ data }) => data)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...asker, taskType: 'rerank', operation: 'rerank' }),
      expect.objectContaining({ ...asker, taskType: 'question' }),
    ]),
  );
});

test('a department has it on, and a request may say otherwise', async () => {
  const eager = { departments: ['eager'] };
  expect((await ask({}, eager)).used.rerank).toBe('done');
  expect((await ask({ rerank: 'off' }, eager)).used.rerank).toBe('off');
});

test('auto asks where the first does not lead clearly, or the best models answer', async () => {
  const clear = await ask({ rerank: 'auto' });
  expect(clear.used.rerank).toBe('unneeded');
  expect(rankings()).toEqual([]);
  expect((await ask({ rerank: 'auto' }, { model: 'tier-3' })).used.rerank).toBe('done');
  const tied = await daybook.ask('When are gliders sold?', {
    departments: ['shop'],
    cache: false,
    options: { rerank: 'auto' },
  });
  expect(tied.used.rerank).toBe('done');
});

test('what it ranks first is first for diversity, too', async () => {
  const answer = await ask({ rerank: 'always', diversify: true });
  expect(answer).toMatchObject({
    passages: [{ name: 'paid.md' }],
    used: { diversified: true, rerank: 'done' },
  });
});

test('one that forgets a text is not trusted; that answer is not given again, the next one is', async () => {
  const cached = { departments: ['shop'], options: { rerank: 'always' }, k: 2 };
  script = (_call, response) =>
    answerJson(response, 200, JSON.stringify({ id: 'r', results: [{ index: 0, relevance_score: 1 }] }));
  const first = await daybook.ask(question, cached);
  expect(first).toMatchObject({
    passages: [{ name: 'pay.md' }, { name: 'paid.md' }],
    used: { rerank: 'unavailable' },
  });
  script = ranks;
  const second = await daybook.ask(question, cached);
  expect(second).toMatchObject({
    outcome: 'answered',
    cached: null,
    passages: [{ name: 'paid.md' }, { name: 'pay.md' }],
    used: { rerank: 'done' },
  });
  await daybook.running.eventually<{ data: readonly { query: string }[] }>(
    `/api/v1/queries?limit=100`,
    ({ data }) => data.some(({ query }) => query === second.query),
  );
  expect(await daybook.ask(question, cached)).toMatchObject({
    cached: second.query,
    used: { rerank: 'done' },
  });
});

test.each([
  ['refuses', 400],
  ['is away', 503],
])('where it %s, the answer is in the order of the search, and says so', async (_, status) => {
  script = (_call, response) =>
    answerJson(response, status, JSON.stringify({ error: { message: 'no', type: 'error', code: null } }));
  const answer = await ask({ rerank: 'always' }, { k: 2 });
  expect(rankings().length).toBeGreaterThan(0);
  expect(answer).toMatchObject({
    citations: [{ quote: paid }],
    passages: [{ name: 'pay.md' }, { name: 'paid.md' }],
    used: { rerank: 'unavailable', skipped: [] },
  });
});
