import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';

let running: RunningTestDaybook;

beforeAll(async () => {
  running = await testDaybook({ variables: { DAYBOOK_PROFILE: 'embedded' } });
});

afterAll(() => running?.stop());

interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string };
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json', ...headers },
    body,
  });

const hello = [{ role: 'user', content: 'hello' }];
const chat = (more: object) => JSON.stringify({ model: 'builtin/extractive', messages: hello, ...more });

describe('a wrong call of /v1/chat/completions gets its status, OpenAI’s shape and one sentence, and nothing is recorded', () => {
  test.each<[string, () => string | Uint8Array<ArrayBuffer>, number, string, string | null]>([
    ['malformed JSON', () => '{"model":', 400, 'request.malformed-json', null],
    ['an empty body', () => '', 400, 'request.malformed-json', null],
    ['a body that is no object', () => '[1,2]', 400, 'request.invalid', null],
    ['invalid UTF-8', () => new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 400, 'request.malformed-json', null],
    [
      'deep nesting',
      () => `{"model":"builtin/extractive","messages":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      400,
      'request.too-deep',
      null,
    ],
    ['a body of 10 MB', () => chat({ user: 'x'.repeat(10_000_000) }), 413, 'request.too-large', null],
    ['no model', () => JSON.stringify({ messages: hello }), 400, 'request.invalid', 'model'],
    ['an unknown model', () => chat({ model: 'nobody/none' }), 404, 'model_not_found', 'model'],
    [
      'no messages',
      () => JSON.stringify({ model: 'builtin/extractive' }),
      400,
      'request.invalid',
      'messages',
    ],
    ['empty messages', () => chat({ messages: [] }), 400, 'request.invalid', 'messages'],
    ['messages of the wrong type', () => chat({ messages: 'hello' }), 400, 'request.invalid', 'messages'],
    [
      'an unknown role',
      () => chat({ messages: [{ role: 'boss', content: 'x' }] }),
      400,
      'request.invalid',
      'messages[0].role',
    ],
    [
      'a content of the wrong type',
      () => chat({ messages: [{ role: 'user', content: 7 }] }),
      400,
      'request.invalid',
      'messages[0].content',
    ],
    ['negative max_tokens', () => chat({ max_tokens: -1 }), 400, 'request.invalid', 'max_tokens'],
    ['enormous max_tokens', () => chat({ max_tokens: 1e15 }), 400, 'request.invalid', 'max_tokens'],
    ['max_tokens that is no integer', () => chat({ max_tokens: 1.5 }), 400, 'request.invalid', 'max_tokens'],
    ['a temperature out of range', () => chat({ temperature: 9 }), 400, 'request.invalid', 'temperature'],
    ['a stream that is no boolean', () => chat({ stream: 'yes' }), 400, 'request.invalid', 'stream'],
    ['n of 0', () => chat({ n: 0 }), 400, 'request.invalid', 'n'],
  ])('%s', async (_name, body, status, code, param) => {
    const response = await post(body());
    const { error } = (await response.json()) as OpenAiErrorBody;
    expect({ status: response.status, code: error.code, param: error.param }).toEqual({
      status,
      code,
      param,
    });
    expect(error.message).toMatch(/^[^\n]+\.$/);
    expect(error.message).not.toMatch(/\bat \S+:\d+|node_modules|\.ts\b/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-should-retry')).toBe('false');
  });

  test.each([
    ['no key', {}, 'Send a key'],
    ['an unknown key', { authorization: 'Bearer dbk_UNKNOWN00000000000000000000' }, 'unknown or revoked'],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, 'Send a key'],
  ])('%s is 401 in OpenAI’s shape', async (_name, headers, sentence) => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: chat({}),
    });
    expect(response.status).toBe(401);
    expect(((await response.json()) as OpenAiErrorBody).error).toMatchObject({
      code: 'invalid_api_key',
      message: expect.stringContaining(sentence),
    });
  });

  test('a revoked key is refused at once', async () => {
    const { key, secret } = await running.json<{ key: string; secret: string }>('/api/v1/keys', {
      method: 'POST',
      body: { name: 'short-lived' },
    });
    const ask = () => post(chat({}), { authorization: `Bearer ${secret}` });
    await expect.poll(async () => (await ask()).status).toBe(200);
    await running.json(`/api/v1/keys/${key}`, { method: 'DELETE' });
    await expect.poll(async () => (await ask()).status).toBe(401);
  });

  test('unknown routes and methods answer in their dialect', async () => {
    const openai = await running.fetch('/v1/nothing');
    expect(openai.status).toBe(404);
    expect(await openai.json()).toMatchObject({ error: { code: 'route.unknown' } });
    const method = await running.fetch('/v1/chat/completions');
    expect(method.status).toBe(405);
    const own = await running.fetch('/api/v1/nothing');
    expect(own.status).toBe(404);
    expect(own.headers.get('content-type')).toBe('application/problem+json');
    expect(await own.json()).toMatchObject({ code: 'route.unknown', status: 404 });
  });
});

describe('a wrong call of /api/v1 gets problem+json', () => {
  test.each<[string, string, unknown, number, string | undefined]>([
    [
      'a negative limit',
      '/api/v1/budgets',
      { scope: 'user', id: 'u', period: 'daily', limitUsd: '-1' },
      400,
      'limitUsd',
    ],
    [
      'a limit as a number',
      '/api/v1/budgets',
      { scope: 'user', id: 'u', period: 'daily', limitUsd: 1 },
      400,
      'limitUsd',
    ],
    [
      'an unknown scope',
      '/api/v1/budgets',
      { scope: 'planet', id: 'u', period: 'daily', limitUsd: '1' },
      400,
      'scope',
    ],
    [
      'a scope without its id',
      '/api/v1/budgets',
      { scope: 'user', period: 'daily', limitUsd: '1' },
      400,
      'id',
    ],
    [
      'a plan with a cycle',
      '/api/v1/workflows/w/versions',
      { definition: { steps: [{ id: 'a', uses: 'x', needs: ['a'] }] } },
      400,
      'steps',
    ],
    [
      'a message without an addressee',
      '/api/v1/agents/messages',
      { from: 'a', type: 't', body: 1 },
      400,
      'to',
    ],
    ['a rebuild of nothing', '/api/v1/projections/nothing/rebuild', {}, 404, undefined],
    ['a name that no store keeps', '/api/v1/keys', { name: 'a\u0000b' }, 400, 'name'],
    ['half a letter', '/api/v1/keys', { name: 'a\ud83d' }, 400, 'name'],
    [
      'an e-mail address for a key',
      '/api/v1/budgets',
      { scope: 'key', id: 'ana@example.com', period: 'daily', limitUsd: '1' },
      400,
      'id',
    ],
  ])('%s', async (_name, path, body, status, param) => {
    const response = await running.fetch(path, { method: 'POST', body });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as { status: number; detail: string; param?: string };
    expect({ status: response.status, param: problem.param }).toEqual({ status, param });
    expect(problem.detail).toMatch(/\.$/);
  });

  test.each([
    ['/api/v1/invocations?limit=0', 400],
    ['/api/v1/invocations?cursor=garbage', 400],
    ['/api/v1/invocations?after=garbage', 400],
    ['/api/v1/invocations?from=yesterday', 400],
    ['/api/v1/costs?groupBy=moon', 400],
    ['/api/v1/budgets/user/nobody', 404],
    ['/api/v1/invocations/none', 404],
    ['/api/v1/workflows/none/versions/1', 404],
    ['/api/v1/workflows/none/versions/x', 400],
    ['/api/v1/budgets/planet/x', 400],
    ['/api/v1/budgets/user/%zz', 404],
    ['/api/v1/budgets/user/%00', 400],
    ['/api/v1/events?type=%00', 400],
    [`/api/v1/budgets/user/${'x'.repeat(513)}`, 400],
    ['/api/v1/%', 404],
  ])('%s is %i', async (path, status) => {
    const response = await running.fetch(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('odd requests', () => {
  /** Sends bytes as they are: clients would correct them. Returns the answer's status line, headers and body. */
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(running.url);
      const socket = connect(Number(port), hostname, () => socket.end(text));
      let answer = '';
      socket.setEncoding('utf8').on('data', (part) => {
        answer += part;
      });
      socket.once('error', reject).once('close', () => resolve(answer));
    });
  const withKey = `host: x\r\nauthorization: Bearer ${testAdminKey}\r\nconnection: close\r\n`;

  test.each([
    ['a malformed escape in the name of a model', `GET /v1/models/%zz HTTP/1.1\r\n${withKey}\r\n`, 404],
    ['HEAD', `HEAD /v1/models HTTP/1.1\r\n${withKey}\r\n`, 200],
    ['OPTIONS', `OPTIONS /v1/chat/completions HTTP/1.1\r\n${withKey}\r\n`, 405],
    ['OPTIONS for all', `OPTIONS * HTTP/1.1\r\n${withKey}\r\n`, 400],
    ['no host', 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['a host that is none', 'GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    ['a header of 20 kB', `GET /health HTTP/1.1\r\n${withKey}x: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a key of 600 characters',
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'k'.repeat(600)}\r\nconnection: close\r\n\r\n`,
      401,
    ],
    [
      'a body that ends too early',
      `POST /v1/chat/completions HTTP/1.1\r\n${withKey}content-length: 50\r\n\r\n{`,
      400,
    ],
  ])('%s', async (_name, text, status) => {
    const answer = await raw(text);
    expect(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)).toBe(status);
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
  });

  test('a body that does not say that it is JSON is 415', async () => {
    const answer = await running.fetch('/api/v1/keys', {
      method: 'POST',
      body: { name: 'x' },
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ code: 'request.unsupported-media-type' });
  });

  test('a request id is always ours', async () => {
    const answer = await running.fetch('/v1/models/none', { headers: { 'x-request-id': 'theirs' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect((await running.fetch('/v1/models')).headers.get('x-request-id')).toMatch(/^req_/);
  });
});

test('none of all this was recorded as a call, or spent', async () => {
  const { data } = await running.json<{ data: { outcome: string; costUsd: string }[] }>(
    '/api/v1/invocations?limit=500',
  );
  // The calls with the key that was revoked later are the only ones.
  for (const one of data) expect(one).toMatchObject({ outcome: 'ok', costUsd: '0' });
  expect(await running.json('/api/v1/costs')).toMatchObject({ totalUsd: '0' });
});
