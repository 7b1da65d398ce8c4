import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endless } from '../../infra/testing/chat-scripts.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answerJson,
  answers,
  chunkOf,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: Anthropic;

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: answers('All is well here.', usageOf(12, 5)),
    limited: (_call, response) =>
      answerJson(response, 429, JSON.stringify({ error: { message: 'slow down' } }), { 'retry-after': '1' }),
    broken: (_call, response) => answerJson(response, 500, JSON.stringify({ error: { message: 'oops' } })),
    // Once more at the same provider is the gateway's; the third is the client's own.
    flaky: (call, response) =>
      upstream.calls.filter(({ model }) => model === 'flaky').length <= 2
        ? answerJson(response, 500, JSON.stringify({ error: { message: 'oops' } }))
        : answers('Back again.', usageOf(3, 2))(call, response),
    cut: (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ content: 'The beginning' }));
      setTimeout(() => response.destroy(), 30);
    },
    endless,
  });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2 }
models:
${[...upstream.scripts.keys()].map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`).join('\n')}
`,
  });
  client = new Anthropic({ apiKey: testAdminKey, baseURL: running.url, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user' as const, content: 'How are you?' }];
const asked = { max_tokens: 100, messages };

describe('errors, aborts, retries', () => {
  test.each([
    [
      'a wrong key',
      'test/good',
      'wrong-key-0123456789',
      Anthropic.AuthenticationError,
      'authentication_error',
    ],
    ['an unknown model', 'test/none', testAdminKey, Anthropic.NotFoundError, 'not_found_error'],
    ['a rate limit', 'test/limited', testAdminKey, Anthropic.RateLimitError, 'rate_limit_error'],
    ['a failing provider', 'test/broken', testAdminKey, Anthropic.InternalServerError, 'api_error'],
  ])('%s is the error that the client knows', async (_what, model, apiKey, kind, type) => {
    const one = new Anthropic({ apiKey, baseURL: running.url, maxRetries: 0 });
    const error = await one.messages.create({ ...asked, model }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ type, error: { type: 'error' } });
    expect(error.requestID).toMatch(/^req_/);
    expect(error.error.request_id).toBe(error.requestID);
  });

  test('a request that is wrong names the field', async () => {
    const error = await client.messages
      .create({ model: 'test/good', messages, max_tokens: 0 })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.message).toContain('max_tokens');
  });

  test('the client’s own retry succeeds where the error said that it may', async () => {
    const retrying = new Anthropic({ apiKey: testAdminKey, baseURL: running.url, maxRetries: 2 });
    const message = await retrying.messages.create({ ...asked, model: 'test/flaky' });
    expect(message.content).toMatchObject([{ text: 'Back again.' }]);
  });

  test('a stream that breaks off ends with an error event and no message_stop', async () => {
    const names: string[] = [];
    const stream = client.messages
      .stream({ ...asked, model: 'test/cut' })
      .on('streamEvent', ({ type }) => names.push(type));
    const error = await stream.finalMessage().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error.type).toBe('api_error');
    expect(names).toContain('content_block_delta');
    expect(names).not.toContain('message_stop');
  });

  test('a caller who leaves aborts the provider, and what was used is settled', async () => {
    const stream = client.messages.stream({
      ...asked,
      model: 'test/endless',
      metadata: { user_id: 'leaver' },
    });
    stream.on('text', () => stream.abort());
    await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    const { data } = await running.eventually<{ data: { outcome: string; output: number }[] }>(
      '/api/v1/invocations?user=leaver',
      (body) => body.data.length === 1,
    );
    expect(data[0]?.outcome).toBe('aborted');
    expect(data[0]?.output).toBeGreaterThan(0);
  });

  test('what is not offered is a 404 in the dialect', async () => {
    await expect(client.messages.batches.list()).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await expect(client.models.retrieve('none')).rejects.toMatchObject({ type: 'not_found_error' });
  });
});
