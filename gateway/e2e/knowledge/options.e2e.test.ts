import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answers,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import { type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';

const leader = 'The Falcon project of the company is led by Marta Lima since last spring.';
const office = 'Marta Lima has her desk in the Recife building beside the river.';
const twins = [1, 2, 3].map((n) => ({
  name: `twin-${n}.md`,
  bytes: `# Falcon\n\nThe Falcon project builds gliders for mountain rescue teams of valley ${n + 40}.\n`,
}));

/** What a model says to each kind of prompt. */
function reply(prompt: string, passages: readonly string[]): string {
  if (prompt.includes('must still be looked up'))
    return passages.some((one) => one.includes(office))
      ? 'nothing'
      : '- In which building does Marta Lima sit?';
  if (prompt.includes('other ways')) return '1. desk of Marta Lima\n2. Recife building';
  if (prompt.includes('Write the passage')) return 'Marta Lima has her desk in the Recife building.';
  if (prompt.includes('each about one fact'))
    return 'Who leads the Falcon project?\nWhere is the desk of Marta Lima?';
  const source = 1 + passages.findIndex((one) => one.includes(office));
  return source === 0 ? '[not found]' : `${office} [${source}: "${office}"]`;
}

let upstream: ScriptedUpstream;
let daybook: KnowledgeDaybook;
beforeAll(async () => {
  upstream = await scriptedUpstream({
    model: (call, response) =>
      answers(reply(JSON.stringify(call.body['messages']), passagesIn(call.body)), usageOf(50, 10))(
        call,
        response,
      ),
  });
  daybook = await knowledgeDaybook({ upstream });
  await daybook.department('lab');
  await daybook.upload('lab', [
    { name: 'projects.md', bytes: `# Projects\n\n${leader}\n` },
    { name: 'people.md', bytes: `# People\n\n${office}\n` },
    ...twins,
    ...['Tulip', 'Maple', 'Otter'].map((name) => ({
      name: `${name}.md`,
      bytes: `# ${name}\n\nThe ${name} project of the company is led by nobody since last spring, at no address.\n`,
    })),
  ]);
});
afterAll(async () => {
  await daybook?.stop();
  await upstream?.stop();
});

const question = 'At which address does whoever leads the Falcon project of the company sit?';
const ask = (options: object, more: object = {}) =>
  daybook.ask(question, { departments: ['lab'], k: 2, mode: 'keyword', cache: false, options, ...more });

test('without options only the question is searched, and its answer is not found', async () => {
  const answer = await ask({});
  expect(answer).toMatchObject({
    outcome: 'not-found',
    used: { diversified: false, searched: [], hops: 0, rerank: 'off', skipped: [] },
  });
  expect(answer.invocations).toHaveLength(1);
});

test.each([
  ['hop by hop', { hops: 3 }, 3, ['In which building does Marta Lima sit?'], 1],
  ['in other words', { expand: 2 }, 2, ['desk of Marta Lima', 'Recife building'], 0],
  [
    'by a passage as it could answer',
    { hypothetical: true },
    2,
    ['Marta Lima has her desk in the Recife building.'],
    0,
  ],
  [
    'in parts',
    { decompose: true },
    2,
    ['Who leads the Falcon project?', 'Where is the desk of Marta Lima?'],
    0,
  ],
])(
  '%s it is found, with its citation, and what was done is shown and recorded',
  async (_, options, calls, searched, hops) => {
    const before = upstream.calls.length;
    const answer = await ask(options, { k: 4 });
    expect(answer.used).toEqual({ diversified: false, searched, hops, rerank: 'off', skipped: [] });
    expect(answer.citations).toMatchObject([{ quote: office }]);
    expect(answer.invocations).toHaveLength(upstream.calls.length - before);
    expect(answer.invocations.length).toBeLessThanOrEqual(calls);
    const { data } = await daybook.running.json<{
      data: readonly { data: { query: string; options: object } }[];
    }>(`/api/v1/events?type=query.answered&limit=100&after=${answer.position}`);
    const event = data.find((one) => one.data.query === answer.query);
    expect(event?.data.options).toEqual({
      diversified: false,
      searched: searched.length,
      hops,
      rerank: 'off',
      skipped: [],
    });
  },
);

test('diversified, what says the same is found once', async () => {
  const asking = { departments: ['lab'], k: 2, mode: 'keyword', cache: false };
  const builds = 'What about the Falcon project?';
  const same = await daybook.ask(builds, asking);
  const diverse = await daybook.ask(builds, { ...asking, options: { diversify: true } });
  const twinsIn = ({ passages }: typeof same) =>
    passages.filter(({ name }) => name?.startsWith('twin')).length;
  expect(twinsIn(same)).toBe(2);
  expect(diverse.used.diversified).toBe(true);
  expect(twinsIn(diverse)).toBe(1);
});

test('where there is no reranker, that is said and all else is done', async () => {
  const answer = await ask({ rerank: 'always', diversify: true });
  expect(answer.used).toMatchObject({ diversified: true, rerank: 'off', skipped: ['rerank'] });
});
