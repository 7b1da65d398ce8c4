import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answerJson,
  answers,
  chunkOf,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;

const failing =
  (status: number, headers: Record<string, string> = {}): Script =>
  (_call, response) =>
    answerJson(response, status, JSON.stringify({ error: { message: `scripted ${status}` } }), headers);

/** Streams the words and breaks off without an end. */
const breaksOff =
  (...words: string[]): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunkOf({ role: 'assistant', content: '' }));
    for (const word of words) response.write(chunkOf({ content: word }));
    setTimeout(() => response.destroy(), 30);
  };

let flaky = 'down';
let probed = 'down';
let slowUntil: (() => void) | undefined;

const config = (url: string) => `
providers:
  - { id: home, kind: openai-compatible, baseUrl: "${url}", tier: 0, local: true }
  - { id: cloud, kind: openai-compatible, baseUrl: "${url}", tier: 1, local: false }
  - { id: narrow, kind: openai-compatible, baseUrl: "${url}", tier: 1, local: false, concurrency: { most: 1, queue: 0 } }
  - { id: best, kind: openai-compatible, baseUrl: "${url}", tier: 3, local: false }
models:
  - { name: good, provider: home, price: { input: "0", output: "0" } }
  - { name: good, provider: cloud, price: { input: "1", output: "10" } }
  - { name: e500, provider: cloud, price: { input: "1", output: "10" } }
  - { name: e503, provider: cloud, price: { input: "1", output: "10" } }
  - { name: e429-short, provider: cloud, price: { input: "1", output: "10" } }
  - { name: e429-long, provider: cloud, price: { input: "1", output: "10" } }
  - { name: flaky, provider: cloud, price: { input: "1", output: "10" } }
  - { name: probed, provider: cloud, price: { input: "1", output: "10" } }
  - { name: short, provider: cloud, contextTokens: 100, price: { input: "1", output: "10" } }
  - { name: long, provider: cloud, contextTokens: 100000, upstream: good, price: { input: "1", output: "10" } }
  - { name: half, provider: cloud, price: { input: "1", output: "10" } }
  - { name: half-2, upstream: half, provider: cloud, price: { input: "1", output: "10" } }
  - { name: half-3, upstream: half, provider: cloud, price: { input: "1", output: "10" } }
  - { name: half-4, upstream: half, provider: cloud, price: { input: "1", output: "10" } }
  - { name: other, provider: cloud, price: { input: "1", output: "10" } }
  - { name: prefill, provider: cloud, capabilities: [prefill], price: { input: "1", output: "10" } }
  - { name: same, provider: cloud, capabilities: [tools], price: { input: "1", output: "10" } }
  - { name: role-only, provider: cloud, price: { input: "1", output: "10" } }
  - { name: code, provider: cloud, price: { input: "1", output: "10" } }
  - { name: slow, provider: narrow, price: { input: "1", output: "10" } }
  - { name: good, provider: best, price: { input: "10", output: "40" } }
routes:
  - { alias: after-500, models: [cloud/e500, cloud/good] }
  - { alias: after-503, models: [cloud/e503, cloud/good] }
  - { alias: after-429, models: [cloud/e429-long, cloud/good] }
  - { alias: after-flaky, models: [cloud/flaky, cloud/good] }
  - { alias: after-short, models: [cloud/short, cloud/long] }
  - { alias: goes-on, models: [cloud/half, cloud/prefill] }
  - { alias: after-role, models: [cloud/role-only, cloud/good] }
  - { alias: repeats, models: [cloud/half-2, cloud/same] }
  - { alias: differs, models: [cloud/half-3, cloud/other] }
  - { alias: after-slow, models: [narrow/slow, cloud/good] }
routing:
  breaker: { openMs: 3000, failures: 3 }
  privacy: { departments: [legal] }
`;

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: answers('All is well here.', usageOf(12, 5)),
    e500: failing(500),
    e503: failing(503),
    'e429-short': (call, response) => {
      const count = upstream.calls.filter((one) => one.model === 'e429-short').length;
      if (count === 1) failing(429, { 'retry-after-ms': '200', 'retry-after': '1' })(call, response);
      else answers('After a wait.', usageOf(5, 3))(call, response);
    },
    'e429-long': failing(429, { 'retry-after': '30' }),
    flaky: (call, response) =>
      flaky === 'down' ? failing(503)(call, response) : answers('Back again.', usageOf(5, 3))(call, response),
    probed: (call, response) => failing(probed === 'down' ? 503 : 400)(call, response),
    short: (_call, response) =>
      answerJson(
        response,
        400,
        JSON.stringify({
          error: {
            message: "This model's maximum context length is 100 tokens.",
            type: 'invalid_request_error',
            code: 'context_length_exceeded',
          },
        }),
      ),
    half: breaksOff('The quick ', 'brown '),
    other: answers('Something else entirely.', usageOf(5, 5)),
    prefill: ({ body }, response) => {
      const last = (body['messages'] as { role: string; content: string }[]).at(-1);
      answers(last?.role === 'assistant' ? 'fox jumps.' : 'no prefix was given', usageOf(7, 3))(
        { body } as Parameters<Script>[0],
        response,
      );
    },
    same: answers('The quick brown fox jumps.', usageOf(5, 6)),
    'role-only': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ role: 'assistant', content: '' }));
      setTimeout(() => response.destroy(), 30);
    },
    code: answers(
      'Here:\n```ts\nlet a = 1;\n```\nAnd a long explanation that nobody asked for.',
      usageOf(5, 30),
    ),
    slow: (call, response) => {
      slowUntil = () => answers('Slowly.', usageOf(5, 2))(call, response);
    },
  });
  running = await testDaybook({ config: config(upstream.url) });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user' as const, content: 'How are you?' }];
const ask = (model: string, headers: Record<string, string> = {}, url = running.url) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages, max_tokens: 40 }),
  });
const textOf = async (response: Response) =>
  ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;

interface Decision {
  candidates: { model: string; reason: string }[];
  excluded: { model: string; reason: string }[];
  passed: { model: string; reason: string }[];
  privacy: string | null;
  attempts: { model: string; outcome: string; error?: string; reason: string }[];
}
const decisionOf = (response: Response) =>
  running.json<Decision>(
    `/api/v1/invocations/${response.headers.get('daybook-invocation-id')}/decision?after=${response.headers.get('daybook-position')}`,
  );
const triedBy = ({ attempts }: Decision) => attempts.map(({ model, outcome }) => `${model} ${outcome}`);

async function streamed(model: string, headers: Record<string, string> = {}) {
  const response = await running.fetch('/v1/chat/completions', {
    method: 'POST',
    body: { model, messages, stream: true, max_tokens: 40 },
    headers,
  });
  const raw = await response.text();
  const text = [...raw.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)]
    .map((match) => JSON.parse(`"${match[1]}"`))
    .join('');
  return { response, raw, text };
}

describe('a decision', () => {
  test('is kept with its call: who could answer, who could not, and why', async () => {
    const response = await ask('tier-1', { 'daybook-privacy': 'local' });
    expect(await textOf(response)).toBe('All is well here.');
    expect(response.headers.get('daybook-provider')).toBe('home');
    const decision = await decisionOf(response);
    expect(decision.privacy).toBe('request');
    expect(decision.candidates[0]).toEqual({
      model: 'home/good',
      reason: 'tier 1 was named; then tier 0, for want of a better',
    });
    expect(decision.excluded).toContainEqual({ model: 'cloud/good', reason: 'privacy: it runs outside' });
  });

  test('of auto says the points that made the tier', async () => {
    const response = await ask('auto');
    expect(response.headers.get('daybook-tier')).toBe('0');
    const { candidates } = await decisionOf(response);
    expect(candidates[0]).toEqual({ model: 'home/good', reason: expect.stringContaining('points') });
  });
});

describe('a failed attempt', () => {
  test('with a transient error is made once more, and then the next model answers, within two seconds', async () => {
    const start = performance.now();
    const response = await ask('after-500');
    expect(await textOf(response)).toBe('All is well here.');
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(triedBy(await decisionOf(response))).toEqual([
      'cloud/e500 failed',
      'cloud/e500 failed',
      'cloud/good ok',
    ]);
    expect(response.headers.get('daybook-model')).toBe('cloud/good');
    expect(response.headers.get('daybook-cost-usd')).toBe('0.000062');
  });

  test('for want of capacity is not made again: the next model answers at once', async () => {
    const response = await ask('after-503');
    expect(triedBy(await decisionOf(response))).toEqual(['cloud/e503 failed', 'cloud/good ok']);
  });

  test('for a rate limit waits for a short retry-after, and moves on where it is long', async () => {
    const start = performance.now();
    const response = await ask('cloud/e429-short');
    expect(await textOf(response)).toBe('After a wait.');
    expect(performance.now() - start).toBeGreaterThanOrEqual(200);
    const moved = await ask('after-429');
    expect(triedBy(await decisionOf(moved))).toEqual(['cloud/e429-long failed', 'cloud/good ok']);
  });

  test('for too long a request moves to a model that reads more', async () => {
    const response = await ask('after-short');
    expect(triedBy(await decisionOf(response))).toEqual(['cloud/short failed', 'cloud/long ok']);
  });

  test('is not made where all calls that a provider may have are in flight', async () => {
    const held = ask('narrow/slow');
    while (!slowUntil) await new Promise((resolve) => setTimeout(resolve, 5));
    const response = await ask('after-slow');
    const { passed, attempts } = await decisionOf(response);
    expect(passed).toEqual([{ model: 'narrow/slow', reason: expect.stringContaining('queue') }]);
    expect(attempts.map(({ model }) => model)).toEqual(['cloud/good']);
    const refused = await ask('narrow/slow');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    slowUntil();
    expect(await textOf(await held)).toBe('Slowly.');
  });
});

describe('a circuit', () => {
  test('opens after three failures, diverts, lets one call probe, and closes; each is on record', async () => {
    for (let i = 0; i < 3; i++) expect((await ask('cloud/flaky')).status).toBe(503);
    await running.eventually<{ data: { state: string; model: string }[] }>('/api/v1/breakers', ({ data }) =>
      data.some((one) => one.model === 'cloud/flaky' && one.state === 'open'),
    );
    const before = upstream.calls.filter(({ model }) => model === 'flaky').length;
    const diverted = await ask('after-flaky');
    expect(await textOf(diverted)).toBe('All is well here.');
    expect(upstream.calls.filter(({ model }) => model === 'flaky').length).toBe(before);
    const decision = await decisionOf(diverted);
    expect(decision.excluded).toEqual([
      { model: 'cloud/flaky', reason: expect.stringMatching(/^its circuit is open since 20/) },
    ]);
    const refused = await ask('cloud/flaky');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'provider.circuit-open' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

    await new Promise((resolve) => setTimeout(resolve, 3_100));
    flaky = 'up';
    expect(await textOf(await ask('cloud/flaky'))).toBe('Back again.');
    const { data: changes } = await running.eventually<{
      data: { change: string; cause: string; invocations: string[] }[];
    }>('/api/v1/breakers/changes?model=cloud/flaky', ({ data }) => data[0]?.change === 'closed');
    expect(changes.map(({ change }) => change)).toEqual(['closed', 'probed', 'opened']);
    expect(changes[2]).toMatchObject({ cause: '3 failures in a row' });
    expect(changes[2]?.invocations.length).toBe(3);
    const { data: calls } = await running.json<{ data: { id: string }[] }>(
      '/api/v1/invocations?divertedFrom=cloud/flaky',
    );
    expect(calls.map(({ id }) => id)).toContain(diverted.headers.get('daybook-invocation-id'));
  });
});

test('a stream that says who speaks and then breaks is answered by the next model, as one clean answer', async () => {
  const { response, raw, text } = await streamed('after-role');
  expect(text).toBe('All is well here.');
  expect(raw).toContain('[DONE]');
  expect(raw.match(/"role"/g)).toBeNull();
  expect(response.headers.get('daybook-model')).toBe('cloud/good');
});

test('a circuit closes when its probe is refused for its own sake: the provider answers', async () => {
  for (let i = 0; i < 3; i++) await ask('cloud/probed');
  const refusal = async () => {
    const { error } = (await (await ask('cloud/probed')).json()) as { error: { code: string } };
    return error.code;
  };
  await expect.poll(refusal).toBe('provider.circuit-open');
  probed = 'up';
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  expect((await ask('cloud/probed')).status).toBe(400);
  await running.eventually<{ data: { model: string; state: string }[] }>('/api/v1/breakers', ({ data }) =>
    data.some(({ model, state }) => model === 'cloud/probed' && state === 'closed'),
  );
});

describe('after the first token', () => {
  test('a failure is an error event and never a clean end', async () => {
    const { raw, text } = await streamed('cloud/half-4');
    expect(text).toBe('The quick brown ');
    expect(raw).toContain('"error"');
    expect(raw).not.toContain('[DONE]');
  });

  test('a model that accepts a beginning goes on from it', async () => {
    const { response, raw, text } = await streamed('goes-on', { 'daybook-mid-stream': 'continue' });
    expect(text).toBe('The quick brown fox jumps.');
    expect(raw).toContain('[DONE]');
    expect(upstream.calls.at(-1)?.body['messages']).toEqual([
      ...messages,
      { role: 'assistant', content: 'The quick brown ' },
    ]);
    const { data } = await running.eventually<{
      data: { id: string; attempts: { model: string; outcome: string; output: number }[] }[];
    }>('/api/v1/invocations?limit=5', ({ data: all }) =>
      all.some(({ id }) => id === response.headers.get('daybook-invocation-id')),
    );
    const one = data.find(({ id }) => id === response.headers.get('daybook-invocation-id'));
    expect(one?.attempts).toMatchObject([
      { model: 'cloud/half', outcome: 'failed', output: 16 },
      { model: 'cloud/prefill', outcome: 'ok', output: 3 },
    ]);
  });

  test('a model that begins anew is spliced while it repeats what was delivered', async () => {
    const { raw, text } = await streamed('repeats', { 'daybook-mid-stream': 'continue' });
    expect(text).toBe('The quick brown fox jumps.');
    expect(raw).toContain('[DONE]');
  });

  test('a model that says something else ends it with an error', async () => {
    const { raw, text } = await streamed('differs', { 'daybook-mid-stream': 'continue' });
    expect(text).toBe('The quick brown ');
    expect(raw).toContain('did not repeat');
    expect(raw).not.toContain('[DONE]');
  });
});

describe('the command line', () => {
  const cli = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../infra/cli/daybook.ts'), '--json', ...args],
      {
        cwd: running.folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], DAYBOOK_DATA_DIR: join(running.folder, 'data') },
      },
    );

  test('computes a decision again from the log, and it holds', async () => {
    const response = await ask('after-503');
    await decisionOf(response);
    const { stdout, status } = cli(
      'inference',
      'explain',
      response.headers.get('daybook-invocation-id') ?? '',
    );
    expect(JSON.parse(stdout)).toMatchObject({ holds: true, differences: [] });
    expect(status).toBe(0);
  });

  test('replays recorded calls under another policy, and calls no model', async () => {
    await decisionOf(await ask('tier-3'));
    const before = upstream.calls.length;
    const policy = join(running.folder, 'new.yaml');
    writeFileSync(policy, 'exact: fail-over\nprivacy: { tenant: true }\n');
    const { stdout, status } = cli('inference', 'replay', '--policy', policy, '--since', '1h');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.calls).toBeGreaterThan(0);
    expect(report.moves['3 → 0']).toBeGreaterThan(0);
    expect(report.costNowUsd).toMatch(/^\d/);
    expect(upstream.calls.length).toBe(before);
  });
});

test('a stream ends after a stop marker of our own, cleanly, and the saving is recorded', async () => {
  const { response, raw, text } = await streamed('cloud/code', { 'daybook-stop-after': 'code-block' });
  expect(text).toBe('Here:\n```ts\nlet a = 1;\n```');
  expect(raw).toContain('"finish_reason":"stop"');
  expect(raw).toContain('[DONE]');
  const id = response.headers.get('daybook-invocation-id');
  const position = /: Daybook-Position: (\S+)/.exec(raw)?.[1];
  const found = await running.json<{ stoppedBy: string; savedTokens: number; answer: string }>(
    `/api/v1/invocations/${id}?after=${position}`,
  );
  expect(found).toMatchObject({ stoppedBy: 'code-block', answer: 'Here:\n```ts\nlet a = 1;\n```' });
  expect(found.savedTokens).toBeGreaterThan(0);
});

describe('privacy', () => {
  test.each([
    ['the request', { 'daybook-privacy': 'local' }],
    ['its department', { 'daybook-department': 'legal' }],
  ])('of %s excludes what runs outside, named or not', async (_what, headers) => {
    const before = upstream.calls.length;
    const refused = await ask('best/good', headers);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { code: 'model.no-candidate', message: expect.stringContaining('privacy') },
    });
    expect(upstream.calls.length).toBe(before);
    expect((await ask('auto', headers)).headers.get('daybook-provider')).toBe('home');
  });

  test('of a key cannot be lifted by a request', async () => {
    const { secret } = await running.json<{ secret: string }>('/api/v1/keys', {
      method: 'POST',
      body: { name: 'strict', private: true },
    });
    const refused = async () =>
      (await ask('best/good', { authorization: `Bearer ${secret}`, 'daybook-privacy': 'any' })).status;
    // Its key is in force here once this gateway has heard of it.
    await expect.poll(refused).toBe(400);
  });
});
