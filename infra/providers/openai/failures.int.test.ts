import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../../bounded-contexts/inference/index.ts';
import { atEnd } from '../../testing/index.ts';
import { sendJson, type WireCall, type WireServer } from '../../testing/upstream/wire-server.ts';
import { callOf, hello, limits, scripted, secret } from '../testing/calls.ts';
import { openAiCompatible } from './index.ts';

let server: WireServer;
let provider: Provider;
let answer: (call: WireCall) => void;

beforeAll(async () => {
  server = await scripted((call) => answer(call));
  provider = openAiCompatible({
    id: 'test',
    baseUrl: `${server.url}/v1`,
    apiKey: secret,
    operations: ['chat'],
    ...limits,
  });
  atEnd(() => provider.close());
});

describe('failures keep the provider’s own words, and never our key', () => {
  test.each([
    [
      'a body of OpenAI’s',
      400,
      { error: { message: 'x', code: 'context_length_exceeded' } },
      'provider.context-exceeded',
    ],
    [
      'vLLM’s',
      400,
      { object: 'error', message: "This model's maximum context length is 8 tokens.", code: 400 },
      'provider.context-exceeded',
    ],
    [
      'llama.cpp’s',
      400,
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      },
      'provider.context-exceeded',
    ],
    [
      'Together’s',
      422,
      { error: { message: '`inputs` tokens + `max_new_tokens` must be <= 8' } },
      'provider.context-exceeded',
    ],
    [
      'Fireworks’',
      400,
      {
        error: {
          object: 'error',
          type: 'invalid_request_error',
          message: 'The prompt is too long: 9, model maximum context length: 8',
        },
      },
      'provider.context-exceeded',
    ],
    ['too large a body', 413, { error: { message: 'Request too large' } }, 'provider.context-exceeded'],
    [
      'Azure’s filter',
      400,
      { error: { code: 'content_filter', message: 'The response was filtered' } },
      'provider.content-refused',
    ],
    [
      'OpenAI’s policy',
      400,
      { error: { code: 'content_policy_violation', message: 'x' } },
      'provider.content-refused',
    ],
    [
      'Google’s list',
      400,
      [{ error: { code: 400, message: 'Invalid value', status: 'INVALID_ARGUMENT' } }],
      'provider.rejected',
    ],
    ['FastAPI’s', 422, { detail: [{ msg: 'field required' }] }, 'provider.rejected'],
    ['no JSON', 503, 'upstream connect error', 'provider.overloaded'],
  ])('%s', async (_name, status, body, code) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    answer = (call) => sendJson(call, status, text);
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      code,
      details: { status, accepted: false, original: text },
    });
  });

  test('an error with a status of 200 is one all the same', async () => {
    answer = (call) => sendJson(call, 200, JSON.stringify({ error: { message: 'no credits', code: 402 } }));
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.error',
      details: { accepted: false },
    });
  });

  test('our key is struck out of what it says', async () => {
    answer = (call) => sendJson(call, 400, JSON.stringify({ error: { message: `bad ${secret} here` } }));
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      message: 'bad *** here',
      details: { original: '{"error":{"message":"bad *** here"}}' },
    });
  });

  test('a redirection is not followed', async () => {
    answer = (call) => sendJson(call, 302, '', { location: `${server.url}/elsewhere` });
    const before = server.calls.length;
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({ code: 'provider.error' });
    expect(server.calls.length - before).toBe(1);
  });

  test.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '3', 'retry-after-ms': '1250' }, 1_250],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ date: 'Sat, 21 Nov 2020 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2020 10:00:09 GMT' }, 9_000],
    [{ date: 'Sat, 21 Nov 2020 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2020 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
  ])('%j is a wait of %s ms', async (headers, ms) => {
    answer = (call) => sendJson(call, 429, '{}', headers);
    const failure = await provider.complete(callOf('chat', hello)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'provider.rate-limited',
      details:
        ms === undefined
          ? expect.not.objectContaining({ retryAfterMs: expect.anything() })
          : { retryAfterMs: ms },
    });
  });
});

describe('encodings that nobody asked for', () => {
  const body = '{"choices":[{"message":{"content":"well"}}]}';
  test.each([
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
  ])('%s is read', async (encoding, bytes) => {
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(bytes);
    };
    expect(await provider.complete(callOf('chat', hello))).toMatchObject({ text: 'well' });
  });

  test.each([
    ['gzip', 'no gzip at all'],
    ['gzip', gzipSync(body).subarray(0, 20)],
    ['rot13', 'jryy'],
  ])('%s that is none is said to be garbage', async (encoding, bytes) => {
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(bytes);
    };
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.garbage',
    });
  });

  test('a small answer that unfolds to more than an answer can be is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(bomb);
    };
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.garbage',
    });
  });
});
