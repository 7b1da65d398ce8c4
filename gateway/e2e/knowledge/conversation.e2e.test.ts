import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import type { AnswerView } from '../../../schemas/http/knowledge.ts';
import { type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';

const files = [
  {
    name: 'lamps.md',
    bytes:
      '# Lamps\n\nA broken lamp is repaired within 12 days of its arrival.\n\nThe repair of a lamp costs 31 dollars.\n',
  },
  {
    name: 'tents.md',
    bytes:
      '# Tents\n\nA torn tent is mended within 40 days of its arrival.\n\nThe mending of a tent costs 77 dollars.\n',
  },
];

const known = async (daybook: KnowledgeDaybook, { query, position, ...answer }: AnswerView) => {
  await daybook.running.json(`/api/v1/queries/${query}?after=${position}`);
  return { query, position, ...answer };
};

describe('with a model', () => {
  let upstream: ScriptedUpstream;
  let daybook: KnowledgeDaybook;
  beforeAll(async () => {
    upstream = await scriptedUpstream({
      model: (call, response) => {
        const passages = passagesIn(call.body);
        const rewrites = passages.length === 0;
        const sentence = passages.join('\n').match(/The repair of a lamp costs 31 dollars\./)?.[0] ?? '';
        const source = 1 + passages.findIndex((passage) => passage.includes(sentence));
        const text = rewrites
          ? 'How much does the repair of a lamp cost?'
          : `${sentence} [${source}: "${sentence}"]`;
        answers(text, usageOf(50, 10))(call, response);
      },
    });
    daybook = await knowledgeDaybook({ upstream });
    await daybook.department('shop');
    await daybook.upload('shop', files);
  });
  afterAll(async () => {
    await daybook?.stop();
    await upstream?.stop();
  });

  test('a follow-up is searched as the model words it by itself; another caller’s conversation is none of it', async () => {
    const asking = { departments: ['shop'], conversation: 'talk-1' };
    await known(daybook, await daybook.ask('How long does the repair of a lamp take?', asking));
    const before = upstream.calls.length;
    const next = await daybook.ask('And how much is it?', asking);
    expect(upstream.calls.length - before).toBe(2);
    expect(JSON.stringify(upstream.calls[before]?.body)).toContain(
      'How long does the repair of a lamp take?',
    );
    expect(next).toMatchObject({
      searchedAs: 'How much does the repair of a lamp cost?',
      question: 'And how much is it?',
      text: 'The repair of a lamp costs 31 dollars.',
      conversation: 'talk-1',
    });
    expect(next.invocations).toHaveLength(2);

    const { secret } = await daybook.running.json<{ secret: string }>('/api/v1/keys', {
      method: 'POST',
      body: { name: 'another' },
    });
    const authorization = `Bearer ${secret}`;
    await expect
      .poll(async () => (await daybook.running.fetch('/api/v1/me', { headers: { authorization } })).status)
      .toBe(200);
    const other = await daybook.running.fetch('/api/v1/queries', {
      method: 'POST',
      headers: { authorization },
      body: { question: 'And how much is it?', conversation: 'talk-1' },
    });
    expect([200, 403, 404]).toContain(other.status);
    if (other.status === 200) expect(await other.json()).toMatchObject({ searchedAs: 'And how much is it?' });
  });
});

describe('without a model', () => {
  let daybook: KnowledgeDaybook;
  beforeAll(async () => {
    daybook = await knowledgeDaybook();
    await daybook.department('shop');
    await daybook.upload('shop', files);
  });
  afterAll(() => daybook?.stop());

  test('a follow-up is searched together with the question before it', async () => {
    const asking = { departments: ['shop'], conversation: 'talk-2' };
    const first = await known(daybook, await daybook.ask('How is a torn tent mended?', asking));
    expect(first.searchedAs).toBe('How is a torn tent mended?');
    const next = await daybook.ask('And what costs it?', asking);
    expect(next.searchedAs).toBe('How is a torn tent mended? And what costs it?');
    expect(next.text).toContain('tent');
    expect(next.text).not.toContain('lamp');
  });
});
