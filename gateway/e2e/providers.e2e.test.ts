import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answerJson,
  answers,
  chunkOf,
  completionBody,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: OpenAI;

const failing =
  (status: number, headers: Record<string, string> = {}) =>
  (_call: unknown, response: Parameters<typeof answerJson>[0]) =>
    answerJson(
      response,
      status,
      JSON.stringify({ error: { message: `scripted ${status}`, type: 'x', param: null, code: null } }),
      headers,
    );

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: answers('All is well here.', usageOf(12, 5)),
    e400: failing(400),
    e401: failing(401),
    e429: failing(429, {
      'retry-after': '7',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '7s',
    }),
    e500: failing(500),
    garbage: (_call, response) => answerJson(response, 200, '<html>not json</html>'),
    silent: () => {},
    'cut-body': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
      response.write(completionBody('half', undefined).slice(0, 40));
      setTimeout(() => response.destroy(), 20);
    },
    'cut-stream': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ content: 'The beginning ' }));
      response.write(chunkOf({ content: 'of' }));
      setTimeout(() => response.destroy(), 50);
    },
    'stalled-stream': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ content: 'One word' }));
    },
    'garbage-stream': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: nonsense\n\ndata: {"no":"choices"}\n\n');
    },
    'odd-chunk': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ content: 'before ' }));
      response.write('data: {broken\n\n');
      response.write(chunkOf({ content: 'after' }));
      response.end(chunkOf({}, 'stop'));
    },
    'no-usage': answers('Twenty bytes of text', undefined),
    'negative-usage': answers('A lie', usageOf(-5, -7)),
    'over-bound': answers('More than allowed', usageOf(10, 1_000)),
  });
  const models = [...upstream.scripts.keys()];
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2, timeouts: { connectMs: 500, firstByteMs: 700, betweenBytesMs: 700 } }
  - { id: gone, kind: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", timeouts: { connectMs: 500 } }
models:
${models.map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`).join('\n')}
  - { name: any, provider: gone, price: { input: "1", output: "10" } }
routes:
  - { alias: resilient, models: [gone/any, test/e500, test/good] }
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user' as const, content: 'How are you?' }];

interface Invocation {
  id: string;
  outcome: string;
  error: string | null;
  costUsd: string;
  input: number;
  output: number;
  attempts: { model: string; outcome: string; error?: string; usage: string; costUsd: string }[];
}

/** The newest recorded call for a model as it was asked for. */
async function recorded(model: string): Promise<Invocation> {
  const { data } = await running.eventually<{ data: (Invocation & { requestedModel: string })[] }>(
    '/api/v1/invocations?limit=100',
    (body) => body.data.some((one) => one.requestedModel === model),
  );
  return data.find((one) => one.requestedModel === model) as Invocation;
}

describe('the official client works unchanged', () => {
  test('a whole answer, with everything that the headers promise', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'test/good', messages, user: 'ana', max_tokens: 50 })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('All is well here.');
    const headers = Object.fromEntries(response.headers);
    // 12 input tokens at $1 and 5 output tokens at $10 a million.
    expect(headers).toMatchObject({
      'daybook-cost-usd': '0.000062',
      'daybook-tier': '2',
      'daybook-provider': 'test',
      'daybook-budget-remaining-usd': 'unlimited',
    });
    for (const name of ['x-request-id', 'daybook-invocation-id', 'daybook-position'])
      expect(headers[name]).toBeTruthy();
    const { data: found } = await running.json<{ data: Invocation[] }>(
      `/api/v1/invocations?user=ana&after=${headers['daybook-position']}`,
    );
    expect(found[0]).toMatchObject({
      id: headers['daybook-invocation-id'],
      outcome: 'ok',
      costUsd: '0.000062',
      user: 'ana',
    });
    const one = await running.json<{ prompt: string; answer: string }>(
      `/api/v1/invocations/${headers['daybook-invocation-id']}`,
    );
    expect(JSON.parse(one.prompt)).toMatchObject({ messages });
    expect(one.answer).toBe('All is well here.');
  });

  test('a streamed answer, with usage only where it was asked for', async () => {
    for (const include_usage of [false, true]) {
      const stream = await client.chat.completions.create({
        model: 'test/good',
        messages,
        stream: true,
        ...(include_usage ? { stream_options: { include_usage } } : {}),
      });
      let text = '';
      let usage: unknown;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage ??= chunk.usage;
      }
      expect(text).toBe('All is well here.');
      expect(usage !== undefined && usage !== null).toBe(include_usage);
    }
  });

  test('a stream says what it cost in a last comment', async () => {
    const response = await running.fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model: 'test/good', messages, stream: true },
    });
    const text = await response.text();
    expect(text).toMatch(
      /: Daybook-Cost-Usd: 0\.000062\n: Daybook-Budget-Remaining-Usd: unlimited\n: Daybook-Position: \S+\n\ndata: \[DONE\]\n\n$/,
    );
  });

  test('the models are listed and found', async () => {
    const ids = (await client.models.list()).data.map((model) => model.id);
    expect(ids).toEqual(expect.arrayContaining(['resilient', 'test/good', 'builtin/extractive']));
    expect(ids).toEqual(expect.arrayContaining(['auto', 'tier-0', 'tier-1', 'tier-2', 'tier-3']));
    expect(await client.models.retrieve('auto')).toMatchObject({ id: 'auto', owned_by: 'daybook' });
    expect(await client.models.retrieve('test/good')).toMatchObject({ id: 'test/good', owned_by: 'test' });
    await expect(client.models.retrieve('test/none')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  test('where the caller sets no bound, the model’s default is sent', async () => {
    await client.chat.completions.create({ model: 'test/good', messages });
    expect(upstream.calls.at(-1)?.body).toMatchObject({ model: 'good', max_tokens: 4096 });
  });

  test('near a hard limit an open answer is shortened, and the header says to what', async () => {
    await running.json('/api/v1/budgets', {
      method: 'POST',
      body: { scope: 'user', id: 'poor', period: 'total', limitUsd: '0.002', mode: 'hard' },
    });
    const { response } = await client.chat.completions
      .create({ model: 'test/good', messages, user: 'poor' })
      .withResponse();
    const lowered = Number(response.headers.get('daybook-max-tokens-lowered-to'));
    expect(lowered).toBeGreaterThan(64);
    expect(lowered).toBeLessThan(4096);
    expect(upstream.calls.at(-1)?.body).toMatchObject({ max_tokens: lowered });
  });
});

describe('a provider that fails gives a clear error, a recorded attempt and money settled by what is known', () => {
  test.each([
    ['e400', 400, 'provider.rejected', '0', 'none'],
    ['e401', 502, 'provider.error', '0', 'none'],
    ['e429', 429, 'rate_limit_exceeded', '0', 'none'],
    ['e500', 502, 'provider.error', '0', 'none'],
    ['garbage', 502, 'provider.garbage', 'bound', 'bound'],
    ['silent', 504, 'provider.timeout', '0', 'none'],
    ['cut-body', 502, 'provider.cut-off', 'bound', 'bound'],
  ])('%s: status %i, %s', async (name, status, code, cost, usage) => {
    const model = `test/${name}`;
    const before = upstream.calls.length;
    await expect(client.chat.completions.create({ model, messages, max_tokens: 20 })).rejects.toMatchObject({
      status,
      code,
    });
    // A transient error is tried once more.
    const calls = status === 502 && name === 'e500' ? 2 : 1;
    expect(upstream.calls.length - before).toBe(calls);
    const one = await recorded(model);
    expect(one).toMatchObject({
      outcome: 'error',
      attempts: Array(calls).fill({ outcome: 'failed', usage }),
    });
    if (cost === '0') expect(one.costUsd).toBe('0');
    else expect(Number(one.costUsd)).toBeGreaterThan(0);
  });

  test('how the limits of a provider stand is handed on with its refusal, and so is when to come again', async () => {
    const error = await client.chat.completions
      .create({ model: 'test/e429', messages, max_tokens: 20 })
      .catch((thrown: unknown) => thrown);
    const { headers } = error as { headers: Headers };
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(headers.get('x-ratelimit-reset-requests')).toBe('7s');
    expect(headers.get('retry-after')).toBe('7');
  });

  test('a provider that cannot be reached is said so', async () => {
    await expect(client.chat.completions.create({ model: 'gone/any', messages })).rejects.toMatchObject({
      status: 502,
      code: 'provider.unreachable',
    });
    expect(await recorded('gone/any')).toMatchObject({ outcome: 'error', costUsd: '0' });
  });

  test.each([
    ['cut-stream', 'provider.cut-off', 'The beginning of', 'counted'],
    ['stalled-stream', 'provider.timeout', 'One word', 'counted'],
  ])(
    '%s: what arrived is delivered, then an error, never a clean end',
    async (name, code, delivered, usage) => {
      const response = await running.fetch('/v1/chat/completions', {
        method: 'POST',
        body: { model: `test/${name}`, messages, stream: true, max_tokens: 20 },
      });
      const text = await response.text();
      expect(text).not.toContain('[DONE]');
      expect(JSON.parse(text.trim().split('data: ').at(-1) ?? '')).toMatchObject({ error: { code } });
      const words = [...text.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join('');
      expect(words).toBe(delivered);
      const one = await recorded(`test/${name}`);
      expect(one).toMatchObject({ outcome: 'error', error: code, attempts: [{ usage }] });
      expect(one.output).toBe(Buffer.byteLength(delivered));
    },
  );

  test('a stream of nonsense is an error with a status', async () => {
    await expect(
      client.chat.completions.create({ model: 'test/garbage-stream', messages, stream: true }),
    ).rejects.toMatchObject({ status: 502, code: 'provider.garbage' });
  });

  test('one malformed chunk is passed over where the rest makes sense, and a missing [DONE] delays nothing', async () => {
    const stream = await client.chat.completions.create({ model: 'test/odd-chunk', messages, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('before after');
  });

  test('usage that is missing or cannot be true is counted, never free', async () => {
    for (const [name, output] of [
      ['no-usage', 20],
      ['negative-usage', 5],
    ] as const) {
      await client.chat.completions.create({ model: `test/${name}`, messages, max_tokens: 500 });
      expect(await recorded(`test/${name}`)).toMatchObject({
        outcome: 'ok',
        output,
        attempts: [{ usage: 'counted' }],
      });
    }
  });

  test('usage beyond the bound is posted in full, as an overrun', async () => {
    await client.chat.completions.create({
      model: 'test/over-bound',
      messages,
      max_tokens: 5,
      user: 'overrun',
    });
    const { data } = await running.eventually<{ data: { data: { amount: string } }[] }>(
      '/api/v1/events?type=budget.overrun',
      (body) => body.data.length > 0,
    );
    expect(BigInt(data[0]?.data.amount ?? 0)).toBeGreaterThan(0n);
    const spenders = await running.eventually<{ data: { id: string; postedUsd: string }[] }>(
      '/api/v1/budgets/top-spenders?scope=user',
      (body) => body.data.some((one) => one.id === 'overrun'),
    );
    // 10 input tokens at $1 and 1,000 output tokens at $10 a million.
    expect(spenders.data.find((one) => one.id === 'overrun')?.postedUsd).toBe('0.01001');
  });

  test('a route moves on to the next provider, and every attempt is recorded', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'resilient', messages })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('All is well here.');
    expect(response.headers.get('daybook-model')).toBe('test/good');
    const one = await recorded('resilient');
    // The provider that its health check could not reach is not asked before one that answers.
    for (const failed of one.attempts.slice(0, -1))
      expect(failed).toMatchObject({ model: 'test/e500', outcome: 'failed' });
    expect(one.attempts.length).toBeGreaterThan(1);
    expect(one.attempts.at(-1)).toMatchObject({ model: 'test/good', outcome: 'ok' });
    expect(one.costUsd).toBe('0.000062');
  });

  test('a caller who leaves aborts the provider, and what was used is settled', async () => {
    const abort = new AbortController();
    const stream = await client.chat.completions.create(
      { model: 'test/stalled-stream', messages, stream: true, user: 'leaver' },
      { signal: abort.signal },
    );
    for await (const _chunk of stream) {
      abort.abort();
      break;
    }
    const { data } = await running.eventually<{ data: Invocation[] }>(
      '/api/v1/invocations?user=leaver',
      (body) => body.data.length === 1,
    );
    expect(data[0]).toMatchObject({ outcome: 'aborted', output: 8 });
  });
});

test('in the end nothing is pending', async () => {
  const { data } = await running.eventually<{ data: { pendingUsd: string }[] }>(
    '/api/v1/budgets/top-spenders?scope=tenant&period=total',
    (body) => body.data[0]?.pendingUsd === '0',
  );
  expect(data[0]?.pendingUsd).toBe('0');
});
