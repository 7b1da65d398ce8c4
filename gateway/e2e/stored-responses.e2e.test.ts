import OpenAI from 'openai';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { says } from '../../infra/testing/chat-scripts.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

/** `GET /v1/responses/{id}` while read models follow the log: found as soon as it is there, and never a 404 that lies. */

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: OpenAI;

beforeAll(async () => {
  upstream = await scriptedUpstream({ good: says('All is well here.', usageOf(12, 5)) });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2, operations: [chat] }
models:
  - { name: good, provider: test, price: { input: "1", output: "10" } }
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const ask = () => client.responses.create({ model: 'test/good', input: 'How are you?' });

test('an id that nobody ever had is not found, within a second', async () => {
  await ask();
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await expect(client.responses.retrieve(`resp_${uuidv7()}`)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(performance.now() - start).toBeLessThan(1_000);
  }
});

test('fifty responses in a row are found at once, while others are made', async () => {
  let busy = true;
  const load = Promise.all(
    [0, 1, 2, 3].map(async () => {
      while (busy) await ask();
    }),
  );
  try {
    for (let i = 0; i < 50; i++) {
      const { id } = await ask();
      expect(await client.responses.retrieve(id)).toMatchObject({ id, output_text: 'All is well here.' });
      await expect(client.responses.retrieve(`${id.slice(0, -4)}ffff`)).rejects.toMatchObject({
        status: 404,
      });
    }
  } finally {
    busy = false;
    await load;
  }
});

test('while the projectors stand still it says so with a 503, and finds the response once they go on', async () => {
  const db = new pg.Client({ connectionString: running.daybook.urls.database });
  await db.connect();
  try {
    // No projector can write its checkpoint, and so nothing; readers go on.
    await db.query('begin');
    await db.query('lock table read.checkpoints in share mode');
    const { id } = await ask();
    for (const unseen of [id, `resp_${uuidv7()}`]) {
      const refused = await running.fetch(`/v1/responses/${unseen}`);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await refused.json()).toMatchObject({ error: { code: 'read-store.behind' } });
    }
    await db.query('rollback');
    expect(await client.responses.retrieve(id)).toMatchObject({ id });
  } finally {
    await db.end();
  }
});
