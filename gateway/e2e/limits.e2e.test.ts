import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type RunningTestDaybook,
  secondGateway,
  testAdminKey,
  testDaybook,
} from '../../infra/testing/daybook.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

describe('management routes', () => {
  let running: RunningTestDaybook;
  beforeAll(async () => {
    running = await testDaybook({
      config: 'limits: { rates: { management: { user: { requestsPerMinute: 7 } } } }\n',
    });
  });
  afterAll(() => running.stop());

  test('are answered up to the limit, say how it stands, and then refuse with when to come again', async () => {
    for (let left = 6; left >= 0; left--) {
      const response = await running.fetch(left % 2 ? '/api/v1/budgets' : '/api/v1/none-such');
      expect(response.status).toBe(left % 2 ? 200 : 404);
      expect(response.headers.get('ratelimit-policy')).toBe('"user-requests";q=7;w=60');
      expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"user-requests";r=${left};t=[56]\\d$`));
      await response.arrayBuffer();
    }
    const refused = await running.fetch('/api/v1/budgets');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('ratelimit')).toMatch(/^"user-requests";r=0;t=[56]\d$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.json()).toMatchObject({
      code: 'limit.rate-exceeded',
      scope: 'user',
      unit: 'requests',
      limit: 7,
    });
  });

  test('health and calls of models are counted apart', async () => {
    expect((await running.fetch('/health')).status).toBe(200);
    const call = await running.fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model: 'auto', messages: [{ role: 'user', content: 'The lamp came late.' }] },
    });
    expect(call.status).toBe(200);
    expect(call.headers.has('ratelimit')).toBe(false);
  });

  test('readiness and metrics say how limits are counted, and what they refused', async () => {
    const ready = await running.json<{ checks: { part: string; ok: boolean; detail: string }[] }>('/ready');
    expect(ready.checks.find(({ part }) => part === 'limits')).toMatchObject({
      ok: true,
      detail: 'counted on Redis, for all gateways together',
    });
    const metrics = await (await running.fetch('/metrics')).text();
    expect(metrics).toContain('daybook_limits_shared 1');
    expect(metrics).toContain('daybook_limited_requests_total{family="management",policy="user-requests"} 1');
  });
});

describe('calls of models', () => {
  let upstream: ScriptedUpstream;
  let both: RunningTestDaybook[];
  let held: (() => void)[] = [];

  beforeAll(async () => {
    const well = answers('All is well here.', usageOf(12, 5));
    upstream = await scriptedUpstream({
      quick: well,
      slow: (call, response) => void held.push(() => well(call, response)),
    });
    const config = `
providers:
  - { id: cloud, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
  - { name: quick, provider: cloud, price: { input: "1", output: "10" } }
  - { name: slow, provider: cloud, price: { input: "1", output: "10" } }
limits:
  rates:
    user: { requestsPerMinute: 20, tokensPerMinute: 6000, concurrent: 2 }
`;
    const first = await testDaybook({ config });
    const second = await secondGateway(first, config);
    both = [second, first];
  });
  afterAll(async () => {
    for (const one of both) await one.stop();
    await upstream.stop();
  });

  const ask = (user: string, { model = 'cloud/quick', gateway = 1, maxTokens = 100 } = {}) =>
    (both[gateway] as RunningTestDaybook).fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model, user, max_tokens: maxTokens, messages: [{ role: 'user', content: 'How are you?' }] },
    });

  test('two gateways together admit exactly the limit of a user, and hurt no other', async () => {
    const statuses: number[] = [];
    // One after the other, so that those at once do not stand in the way.
    for (let n = 0; n < 24; n++) statuses.push((await ask('ana', { gateway: n % 2 })).status);
    expect(statuses).toEqual([...Array(20).fill(200), ...Array(4).fill(429)]);
    expect((await ask('bruno')).status).toBe(200);
  });

  test('an answer says how its limits stand, in the draft and in the dialect', async () => {
    const response = await ask('carla');
    expect(response.headers.get('ratelimit-policy')).toBe(
      '"user-requests";q=20;w=60, "user-tokens";q=6000;qu="tokens";w=60, "user-concurrent";q=2;qu="concurrent-requests"',
    );
    expect(response.headers.get('ratelimit')).toMatch(
      /^"user-requests";r=19;t=6\d, "user-tokens";r=\d+;t=6\d, "user-concurrent";r=1$/,
    );
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('20');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('19');
    expect(response.headers.get('x-ratelimit-reset-tokens')).toMatch(/^6\ds$/);
  });

  test('tokens are taken by the bound, and only those that were used stay taken', async () => {
    const remaining = async () =>
      Number((await ask('duarte', { maxTokens: 5_000 })).headers.get('x-ratelimit-remaining-tokens'));
    const first = await remaining();
    // Each holds over 5,000 of 6,000 while it runs, and used 17.
    expect(first).toBeLessThan(1_000);
    expect(await remaining()).toBe(first - 17);
    expect(await remaining()).toBe(first - 34);
  });

  test('a call of more tokens than are left is refused until they are back', async () => {
    const pending = ask('eva', { model: 'cloud/slow', maxTokens: 5_500 });
    await expect.poll(() => held.length).toBe(1);
    const refused = await ask('eva', { maxTokens: 5_500 });
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      error: {
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        message: expect.stringContaining('6000 tokens a minute'),
      },
    });
    for (const answer of held.splice(0)) answer();
    expect((await pending).status).toBe(200);
    await expect.poll(async () => (await ask('eva', { maxTokens: 5_500 })).status).toBe(200);
  });

  test('no more than the allowed calls run at once over both gateways, and a place is free when one ends', async () => {
    const pending = [0, 1].map((gateway) => ask('fabio', { model: 'cloud/slow', gateway }));
    await expect.poll(() => held.length).toBe(2);
    const refused = await ask('fabio');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('x-should-retry')).toBe('true');
    for (const answer of held.splice(0)) answer();
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 200]);
    await expect.poll(async () => (await ask('fabio')).status).toBe(200);
    held = [];
  });

  test('the official clients know a refusal for what it is', async () => {
    const url = both[1]?.url;
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: testAdminKey, maxRetries: 0 });
    await expect(
      openai.chat.completions.create({
        model: 'cloud/quick',
        user: 'ana',
        messages: [{ role: 'user', content: 'How are you?' }],
      }),
    ).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    const anthropic = new Anthropic({ baseURL: url ?? '', apiKey: testAdminKey, maxRetries: 0 });
    const refused = anthropic.messages.create({
      model: 'cloud/quick',
      max_tokens: 100,
      metadata: { user_id: 'ana' },
      messages: [{ role: 'user', content: 'How are you?' }],
    });
    await expect(refused).rejects.toBeInstanceOf(Anthropic.RateLimitError);
    await expect(refused).rejects.toMatchObject({ error: { error: { type: 'rate_limit_error' } } });
    const error = await refused.catch((thrown: unknown) => thrown);
    const headers = error instanceof Anthropic.RateLimitError ? error.headers : undefined;
    expect(headers?.get('anthropic-ratelimit-requests-remaining')).toBe('0');
    expect(Number(headers?.get('retry-after'))).toBeGreaterThan(1);
  });
});
