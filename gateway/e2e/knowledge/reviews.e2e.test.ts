import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../infra/servers/index.ts';
import type { AnswerView, reviewView } from '../../../schemas/http/knowledge.ts';
import type { z } from '../../management/app.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

type Review = z.infer<typeof reviewView>;

/** No model is there: answers are sentences of the sources. */
let daybook: KnowledgeDaybook;

beforeAll(async () => {
  daybook = await knowledgeDaybook({
    variables: { DAYBOOK_PORT: String(await freePort()) },
    config: `
knowledge:
  departments:
    desk: { escalateNotFound: true }
`,
  });
  await daybook.department('desk');
  await daybook.upload('desk', [
    {
      name: 'policy.md',
      bytes:
        '# Refunds\n\nRefunds are paid within 14 days of the return.\n\n# Opening\n\nThe shop is open from 9 to 18 on weekdays.\n\n# Repairs\n\nRepairs of bicycles cost 45 dollars an hour.\n',
    },
  ]);
});
afterAll(() => daybook?.stop());

const ask = async (question: string) => known(await daybook.ask(question, { departments: ['desk'] }));
/** Once the read model has it: commands name what they are about. */
const known = async (asked: AnswerView) => {
  await answerOf(asked.query, asked.position);
  return asked;
};
const answerOf = (query: string, after = '') =>
  daybook.running.json<AnswerView>(`/api/v1/queries/${query}${after && `?after=${after}`}`);
const post = <Body>(path: string, body: object = {}) =>
  daybook.running.json<Body>(path, { method: 'POST', body });
const reviewNamed = (review: string, after: string) =>
  daybook.running.json<Review>(`/api/v1/reviews/${review}?after=${after}`);

describe('a question goes to a person', () => {
  test('whose own words reach the asker, are indexed, and answer the next one who asks', async () => {
    const question = 'Which code opens the parking garage?';
    const asked = await ask(question);
    expect(asked).toMatchObject({
      outcome: 'escalated',
      text: '',
      citations: [],
      reasons: ['nothing-found'],
    });
    const review = await reviewNamed(asked.review ?? '', asked.position);
    expect(review).toMatchObject({ status: 'open', question, query: asked.query, department: 'desk' });

    const answer = 'The code that opens the parking garage is 4411, and changes each spring.';
    const { position, document } = await post<{ position: string; document: string }>(
      `/api/v1/reviews/${review.review}/resolve`,
      { resolution: 'corrected', answer },
    );
    expect(await answerOf(asked.query, position)).toMatchObject({
      outcome: 'answered',
      answeredBy: 'person',
      resolution: 'corrected',
      text: answer,
    });
    await daybook.running.eventually<{ status: string }>(
      `/api/v1/knowledge/desk/documents/${document}?after=${position}`,
      ({ status }) => status === 'indexed',
    );
    const next = await ask('What is the code that opens the parking garage?');
    expect(next).toMatchObject({ outcome: 'answered', answeredBy: 'model', text: answer });
    expect(next.citations).toMatchObject([{ document, quote: answer }]);
  });

  test('who approves the draft: the asker gets it with its citations', async () => {
    const asked = await ask('Within how many days of the return are refunds paid?');
    expect(asked.outcome).toBe('answered');
    const { review, position } = await post<{ review: string; position: string }>(
      `/api/v1/queries/${asked.query}/escalate`,
    );
    const task = await reviewNamed(review, position);
    expect(task).toMatchObject({ status: 'open', reasons: ['asked'], draft: asked.text });
    expect(task.citations).toEqual(asked.citations);
    const done = await post<{ position: string }>(`/api/v1/reviews/${review}/resolve`, {
      resolution: 'approved',
      index: false,
    });
    const approved = await answerOf(asked.query, done.position);
    expect(approved).toMatchObject({ answeredBy: 'person', resolution: 'approved', text: asked.text });
    expect(approved.citations).toEqual(asked.citations);
    const again = await daybook.running.fetch(`/api/v1/reviews/${review}/resolve`, {
      method: 'POST',
      body: { resolution: 'rejected' },
    });
    expect(again.status).toBe(422);
  });

  test('who rejects it: nobody gets it any more, from the cache neither', async () => {
    const question = 'How much do repairs of bicycles cost an hour?';
    const asked = await ask(question);
    expect(asked.text).toContain('45 dollars');
    expect(await ask(question)).toMatchObject({ cached: asked.query });
    const escalated = await post<{ review: string; position: string }>(
      `/api/v1/queries/${asked.query}/escalate`,
    );
    const { review } = await reviewNamed(escalated.review, escalated.position);
    const { position } = await post<{ position: string }>(`/api/v1/reviews/${review}/resolve`, {
      resolution: 'rejected',
    });
    const rejected = await answerOf(asked.query, position);
    expect(rejected).toMatchObject({
      outcome: 'escalated',
      answeredBy: null,
      resolution: 'rejected',
      text: '',
      citations: [],
      claims: [],
    });
    expect(await ask(question)).toMatchObject({ cached: null });
  });
});

test('an answer that somebody found wrong is not given again', async () => {
  const question = 'From when to when is the shop open on weekdays?';
  const asked = await ask(question);
  expect(await ask(question)).toMatchObject({ cached: asked.query });
  const { position } = await post<{ position: string }>(`/api/v1/queries/${asked.query}/feedback`, {
    right: false,
  });
  await answerOf(asked.query, position);
  expect(await ask(question)).toMatchObject({ cached: null });
});

test('confidence is fitted to fifty outcomes: what people mostly found wrong goes to a person from then on', async () => {
  const asking = () =>
    daybook.ask('Within how many days of a return are refunds paid?', {
      departments: ['desk'],
      cache: false,
    });
  const answers: AnswerView[] = [];
  for (let n = 0; n < 57; n++) answers.push(await asking());
  const [before, ...rest] = answers as [AnswerView, ...AnswerView[]];
  for (const { outcome } of answers) expect(outcome).toBe('answered');
  await known(answers.at(-1) ?? before);
  let last = '';
  for (const [n, { query }] of rest.entries())
    ({ position: last } = await post<{ position: string }>(`/api/v1/queries/${query}/feedback`, {
      right: n % 7 === 0,
    }));
  await answerOf(before.query, last);
  expect((await asking()).confidence).toBeCloseTo(before.confidence ?? 0, 5);
  // What was fitted is kept for a minute; a gateway that starts anew fits anew.
  const { daybook: processes, changes } = daybook.running;
  const gateway = [...processes.processes()].find(([name]) => name.includes('gateway'));
  process.kill(gateway?.[1] ?? 0, 'SIGTERM');
  await expect
    .poll(() => changes.some((one) => /gateway.* runs again/.test(one)), { timeout: 20_000 })
    .toBe(true);
  const after = await asking();
  expect(after).toMatchObject({ outcome: 'escalated', reasons: ['low-confidence'] });
  expect(after.confidence).toBeLessThan((before.confidence ?? 0) - 0.2);
}, 60_000);
