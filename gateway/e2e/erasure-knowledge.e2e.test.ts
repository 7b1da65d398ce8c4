import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { upload } from './canary/testing/library.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

let running: RunningTestDaybook;
let admin: Actor;
beforeAll(async () => {
  running = await testDaybook({ config: 'knowledge: { threshold: 0 }' });
  admin = actor(running.url);
  await admin.json('POST', '/api/v1/departments', { slug: 'legal' });
  await upload(admin, 'legal', 'canary.md', 'The canary sings in the mine at noon.');
});
afterAll(() => running.stop());

const personOf = async (user: string): Promise<Actor> => {
  await admin.json('POST', '/api/v1/users', { id: user });
  await admin.json('PUT', `/api/v1/members/${user}/legal`, { role: 'member' });
  const { secret } = await issueFor(admin, { name: user, role: 'member', user });
  const one = actor(running.url, secret);
  await one.inForce();
  return one;
};

interface Asked {
  readonly query: string;
  readonly position: string;
  readonly question: string | null;
  readonly text: string;
}

const question = (who: string) => `I am ${who} of Lisbon: when does the canary sing in the mine?`;

/** A question, what its asker thinks of the answer, and a task about it. */
async function askedBy(one: Actor, who: string) {
  const answer = await one.json<Asked>('POST', '/api/v1/queries', {
    question: question(who),
    conversation: `talk-of-${who}`,
    cache: false,
  });
  const at = `/api/v1/queries/${answer.query}`;
  const comment = `${who} heard it.`;
  await one.json('POST', `${at}/feedback?after=${answer.position}`, { right: true, comment });
  const { review, position } = await one.json<{ review: string; position: string }>('POST', `${at}/escalate`);
  return { at, review: `/api/v1/reviews/${review}`, after: `?after=${position}` };
}

test('erasing a person takes their questions, answers and comments, in lists and tasks, too, and nobody else’s', async () => {
  const [ana, bea] = [await personOf('ana'), await personOf('bea')];
  const hers = await askedBy(ana, 'ana');
  const others = await askedBy(bea, 'bea');
  for (const [who, of] of [
    ['ana', hers],
    ['bea', others],
  ] as const) {
    expect(await admin.json(`GET`, `${of.at}${of.after}`)).toMatchObject({ question: question(who) });
    expect(await admin.json(`GET`, `${of.review}${of.after}`)).toMatchObject({ question: question(who) });
  }
  const { report } = await admin.json<{ report: string }>('DELETE', '/api/v1/users/ana/data');
  const done = await running.eventually<{ status: string; contents: object }>(
    report,
    ({ status }) => status === 'completed',
  );
  // A question, an answer, a comment, and what was embedded for the question.
  expect(done).toMatchObject({ contents: { readable: 0 } });
  expect(await admin.json(`GET`, hers.at)).toMatchObject({
    question: null,
    text: '',
    citations: [],
    passages: [],
  });
  expect(await admin.json(`GET`, hers.review)).toMatchObject({ question: null, draft: null, citations: [] });
  for (const list of ['/api/v1/queries', '/api/v1/reviews', '/api/v1/queries?conversation=talk-of-ana']) {
    const all = JSON.stringify(await admin.json('GET', list));
    expect(all, list).not.toMatch(/ana of Lisbon|ana heard/);
    if (!list.includes('ana')) expect(all, list).toContain(question('bea'));
  }
  // Who is left may go on, and what was hers can be decided, in a reviewer's own words only.
  expect(await bea.json('GET', others.at)).toMatchObject({ question: question('bea') });
  const approved = await admin.fetch('POST', `${hers.review}/resolve`, { resolution: 'approved' });
  expect([approved.status, await approved.json()]).toMatchObject([422, { code: 'command.rejected' }]);
  expect((await admin.fetch('POST', `${hers.review}/resolve`, { resolution: 'rejected' })).status).toBe(200);
});
