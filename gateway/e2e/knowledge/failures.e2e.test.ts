import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testAdminKey } from '../../../infra/testing/daybook.ts';
import {
  answerJson,
  answers,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import { type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';

/** What the model does next. */
let script: Script;
let upstream: ScriptedUpstream;
let daybook: KnowledgeDaybook;

beforeAll(async () => {
  upstream = await scriptedUpstream({ model: (call, response) => script(call, response) });
  daybook = await knowledgeDaybook({ upstream });
  await daybook.department('shop');
  await daybook.upload('shop', [
    {
      name: 'policy.md',
      bytes:
        '# Refunds\n\nRefunds are paid within 14 days of the return. Write to ana@example.org about it.\n',
    },
    {
      name: 'prazo.md',
      bytes: '# Prazos\n\nO reembolso da bicicleta Zyx9 é pago em até 21 dias depois da devolução.\n',
    },
  ]);
});
afterAll(async () => {
  await daybook?.stop();
  await upstream?.stop();
});

const question = 'Within how many days of the return are refunds paid?';
const recorded = async () =>
  (await daybook.running.json<{ data: unknown[] }>('/api/v1/queries?limit=100')).data.length;
const asked = (stream: boolean, signal?: AbortSignal, department = 'shop') =>
  fetch(`${daybook.running.url}/api/v1/queries`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ question, departments: [department], stream, cache: false }),
    ...(signal ? { signal } : {}),
  });

describe.each([false, true])('stream: %s', (stream) => {
  test('whoever leaves ends the call of the model, and is not answered', async () => {
    const closed = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    script = (_call, response) => {
      response.on('close', () => closed.resolve());
      begun.resolve();
    };
    const before = await recorded();
    const leave = new AbortController();
    const response = asked(stream, leave.signal);
    response.catch(() => {});
    await begun.promise;
    if (stream) await response;
    leave.abort();
    await closed.promise;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await recorded()).toBe(before);
  });
});

test('a question of which nobody can tell the language is answered in that of its sources', async () => {
  let prompt = '';
  script = (call, response) => {
    prompt = JSON.stringify(call.body);
    const [first = ''] = passagesIn(call.body).flatMap((one) => one.match(/O reembolso[^.]*\./) ?? []);
    answers(`${first} [1: "${first}"]`, usageOf(50, 10))(call, response);
  };
  const answer = await daybook.ask('Zyx9 reembolso?', { departments: ['shop'], cache: false });
  expect(answer.language).toBe('pt');
  expect(prompt).toContain('Pergunta:');
});

test('an answer longer than any is cut, not lost', async () => {
  const sentence = 'Refunds are paid within 14 days of the return.';
  script = (call, response) => {
    const source = 1 + passagesIn(call.body).findIndex((one) => one.includes(sentence));
    answers(`${sentence} [${source}: "${sentence}"]\n\n`.repeat(20_000), usageOf(50, 10))(call, response);
  };
  const answer = await daybook.ask(question, { departments: ['shop'], cache: false });
  expect(answer.outcome).toBe('answered');
  expect(answer.text.length).toBeLessThanOrEqual(60_000);
  expect(answer.citations).toHaveLength(200);
  const kept = await daybook.running.json<typeof answer>(
    `/api/v1/queries/${answer.query}?after=${answer.position}`,
  );
  expect(kept.text).toBe(answer.text);
});

test('a budget that is spent refuses the question, and nothing is recorded as its answer', async () => {
  await daybook.department('poor');
  await daybook.upload('poor', [
    { name: 'policy.md', bytes: '# Refunds\n\nRefunds are paid within 14 days.\n' },
  ]);
  script = answers('Not reached.', usageOf(10, 10));
  await daybook.running.json('/api/v1/budgets', {
    method: 'POST',
    body: { scope: 'department', id: 'poor', period: 'total', limitUsd: '0.000001', mode: 'hard' },
  });
  const before = await recorded();
  const calls = upstream.calls.length;
  const response = await asked(false, undefined, 'poor');
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ code: 'budget.exceeded' });
  expect(upstream.calls).toHaveLength(calls);
  expect(await recorded()).toBe(before);
});

describe.each([false, true])('stream: %s', (stream) => {
  test('what a provider answers with an error is the caller’s problem, and no answer', async () => {
    script = (_call, response) => answerJson(response, 500, '{"error":{"message":"out of order"}}');
    const before = await recorded();
    const response = await asked(stream);
    const text = await response.text();
    expect(text).toMatch(/"code":"provider\.[a-z-]+"/);
    if (stream) expect(text).toMatch(/^event: error$/m);
    else expect(response.status).toBe(502);
    expect(text).not.toContain('event: done');
    expect(await recorded()).toBe(before);
  });
});
