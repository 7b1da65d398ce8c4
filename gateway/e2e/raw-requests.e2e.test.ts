import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { rawHttp } from '../../infra/testing/raw-http.ts';

let running: RunningTestDaybook;
beforeAll(async () => {
  running = await testDaybook({
    config:
      'limits: { bodyBytes: 1048576, urlBytes: 1000, headerBytes: 4096, headerCount: 20, headersMs: 600, requestMs: 1200, connections: 30 }\n',
  });
});
afterAll(() => running.stop());

const head = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'host: x', `authorization: Bearer ${testAdminKey}`, ...headers].join('\r\n')}\r\n\r\n`;
const send = (text: string) => rawHttp(running.url, (socket) => socket.write(text));

const dialects = [
  ['/v1/chat/completions', (code: string) => ({ error: { code, message: expect.any(String) } })],
  ['/v1/messages', () => ({ type: 'error', error: { type: 'invalid_request_error' } })],
  ['/api/v1/budgets', (code: string) => ({ code, detail: expect.any(String) })],
] as const;

test.each(dialects)(
  'headers that are too large are answered with 431 in the dialect of %s',
  async (path, shape) => {
    const answer = await send(head(`POST ${path}`, `x-large: ${'a'.repeat(5_000)}`));
    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.body)).toMatchObject(shape('request.headers-too-large'));
    expect(answer.headers['connection']).toBe('close');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
  },
);

test.each(dialects)('too many headers are answered with 431 in the dialect of %s', async (path, shape) => {
  const many = Array.from({ length: 30 }, (_, n) => `x-${n}: 1`);
  const answer = await send(head(`POST ${path}`, ...many));
  expect(answer.status).toBe(431);
  expect(JSON.parse(answer.body)).toMatchObject(shape('request.headers-too-large'));
  // Those that are let through are counted whole: none is dropped in silence.
  expect((await send(head(`GET ${path}`, ...many.slice(0, 16), 'connection: close'))).status).not.toBe(431);
});

test.each(dialects)(
  'an address that is too long is answered with 414 in the dialect of %s',
  async (path, shape) => {
    const answer = await send(head(`GET ${path}?q=${'a'.repeat(1_000)}`));
    expect(answer.status).toBe(414);
    expect(JSON.parse(answer.body)).toMatchObject(shape('request.url-too-long'));
  },
);

test('headers that drip are cut off with 408', async () => {
  const answer = await rawHttp(running.url, (socket) => {
    socket.write('POST /v1/messages HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => socket.write('x: y\r\n'), 100);
    socket.once('close', () => clearInterval(drip));
  });
  expect(answer.status).toBe(408);
  // Nobody has parsed an address yet, so it is answered in our own words.
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'request.timeout' });
  expect(answer.ms).toBeLessThan(3_000);
});

test.each(dialects)('a body that drips is cut off with 408 in the dialect of %s', async (path, shape) => {
  const answer = await rawHttp(running.url, (socket) => {
    socket.write(head(`POST ${path}`, 'content-type: application/json', 'content-length: 100000'));
    const drip = setInterval(() => socket.write(' '), 100);
    socket.once('close', () => clearInterval(drip));
  });
  expect(answer.status).toBe(408);
  expect(JSON.parse(answer.body)).toMatchObject(shape('request.timeout'));
  expect(answer.ms).toBeLessThan(5_000);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['two lengths', head('POST /api/v1/budgets', 'content-length: 3', 'content-length: 4')],
  ['length and chunks', head('POST /api/v1/budgets', 'content-length: 3', 'transfer-encoding: chunked')],
  ['a line break in a header', `GET /health HTTP/1.1\r\nhost: x\r\nx: a\u0000b\r\n\r\n`],
])('%s is answered with 400', async (_name, text) => {
  const answer = await send(text);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'request.malformed-http' });
});

test('garbage behind a request is answered behind its answer', async () => {
  const answer = await send(`${head('GET /api/v1/budgets')}garbage\r\n\r\n`);
  expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('a body of unknown length is held up to the limit, and not beyond', async () => {
  const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
  const answer = await rawHttp(running.url, (socket) => {
    socket.write(
      head('POST /api/v1/budgets', 'content-type: application/json', 'transfer-encoding: chunked'),
    );
    for (let n = 0; n < 40; n++) socket.write(chunk);
    socket.write('0\r\n\r\n');
    setTimeout(() => socket.end(), 500);
  });
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'request.too-large', limitBytes: 1_048_576 });
  const small = '{"scope":"user","id":"ana","period":"daily","limitUsd":"0.05","mode":"hard"}';
  const taken = await send(
    `${head('POST /api/v1/budgets', 'content-type: application/json', 'transfer-encoding: chunked', 'connection: close')}${small.length.toString(16)}\r\n${small}\r\n0\r\n\r\n`,
  );
  expect(taken.status).toBe(201);
});

test('more connections than allowed are closed, and those that are there go on', async () => {
  const { hostname, port } = new URL(running.url);
  const open = Array.from({ length: 60 }, () => connect(Number(port), hostname).on('error', () => {}));
  await expect.poll(() => open.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(30);
  expect(open.some(({ closed }) => !closed)).toBe(true);
  for (const socket of open) socket.destroy();
  await expect.poll(async () => (await running.fetch('/health').catch(() => undefined))?.status).toBe(200);
});
