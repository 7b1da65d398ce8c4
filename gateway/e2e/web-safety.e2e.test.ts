import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage } from '../../infra/testing/chromium.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd, testFolder } from '../../infra/testing/index.ts';
import { answerJson, scriptedUpstream } from '../../infra/testing/upstream.ts';

/** A page of another origin than Daybook's. */
async function otherOrigin(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><link rel="icon" href="data:,"><title>elsewhere</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

let listed: string;
let running: RunningTestDaybook;
beforeAll(async () => {
  listed = await otherOrigin();
  running = await testDaybook({
    config: `http: { corsOrigins: ["${listed}"], hsts: { maxAgeSeconds: 600, includeSubDomains: true } }\n`,
  });
});
afterAll(() => running.stop());

const chat = { model: 'auto', messages: [{ role: 'user', content: 'The lamp came late. It works.' }] };

const strict = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

test.each([
  ['liveness', 'GET', '/health', undefined, {}],
  ['a query', 'GET', '/api/v1/budgets', undefined, {}],
  ['a refusal', 'GET', '/api/v1/budgets', undefined, { authorization: 'none' }],
  ['an unknown route', 'GET', '/none-such', undefined, {}],
  ['models', 'GET', '/v1/models', undefined, {}],
  ['a call', 'POST', '/v1/chat/completions', chat, {}],
  ['a streamed call', 'POST', '/v1/chat/completions', { ...chat, stream: true }, {}],
  ['a refused call', 'POST', '/v1/chat/completions', { ...chat, model: 'none' }, {}],
  ['a call of Anthropic’s', 'POST', '/v1/messages', { ...chat, max_tokens: 50 }, {}],
  ['the description', 'GET', '/openapi.json', undefined, {}],
])('%s carries the safety headers', async (_name, method, path, body, headers) => {
  const response = await running.fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  await response.arrayBuffer();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-security-policy': strict,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    vary: 'Origin',
  });
  expect(response.headers.has('access-control-allow-origin')).toBe(false);
  expect(response.headers.has('strict-transport-security')).toBe(false);
});

test('pages of ours have a policy of their own, without a script in the page', async () => {
  for (const path of ['/docs', '/docs/errors']) {
    const response = await running.fetch(path);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|\*/);
    expect(await response.text()).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=/);
  }
});

test('browsers are told to stay on TLS where the request came over it', async () => {
  const response = await running.fetch('/health', { headers: { 'x-forwarded-proto': 'https' } });
  expect(response.headers.get('strict-transport-security')).toBe('max-age=600; includeSubDomains');
});

describe('in a real browser', () => {
  test.each([
    ['/docs', '/api/v1/budgets'],
    ['/docs/errors', 'limit.rate-exceeded'],
  ])('%s works under its own policy', async (path, text) => {
    const page = await openPage(`${running.url}${path}`);
    await expect
      .poll(
        () =>
          page.evaluate(
            "(document.querySelector('rapi-doc')?.shadowRoot ?? document.body).textContent ?? ''",
          ),
        { timeout: 15_000 },
      )
      .toContain(text);
    expect(page.complaints).toEqual([]);
  });

  /** A call with a key, as a page's script makes it: preflighted, since it carries a header of its own. */
  const call = (path: string, body?: object) => `
    fetch(${JSON.stringify(`${running.url}${path}`)}, {
      method: ${body ? "'POST'" : "'GET'"},
      credentials: 'include',
      headers: { authorization: 'Bearer ${testAdminKey}', 'content-type': 'application/json' },
      ${body ? `body: ${JSON.stringify(JSON.stringify(body))},` : ''}
    }).then((response) => [response.status, response.headers.get('x-request-id') !== null], (error) => error.name)`;

  test('a page of a listed origin may call, and read what it is told', async () => {
    const page = await openPage(listed);
    expect(await page.evaluate(call('/api/v1/budgets'))).toEqual([200, true]);
    expect(await page.evaluate(call('/v1/chat/completions', chat))).toEqual([200, true]);
  });

  test('a page of any other origin may not', async () => {
    const page = await openPage(await otherOrigin());
    expect(await page.evaluate(call('/api/v1/budgets'))).toBe('TypeError');
    expect(await page.evaluate(call('/v1/chat/completions', chat))).toBe('TypeError');
    expect(page.complaints.join()).toMatch(/CORS policy/);
  });
});

test('a preflight of a listed origin is answered without a key, of another it is not', async () => {
  const ask = (origin: string, path: string) =>
    fetch(`${running.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    });
  for (const path of ['/v1/chat/completions', '/v1/messages', '/api/v1/budgets']) {
    const yes = await ask(listed, path);
    expect(yes.status).toBe(204);
    expect(Object.fromEntries(yes.headers)).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
    });
    for (const origin of ['https://evil.example', `${listed}.evil.example`, 'null']) {
      const no = await ask(origin, path);
      expect(no.status).toBeGreaterThanOrEqual(400);
      expect(no.headers.has('access-control-allow-origin')).toBe(false);
    }
  }
});

test('a whole Daybook at its most talkative says no secret', async () => {
  const secret = () => randomBytes(18).toString('hex');
  const [master, admin, key, provider, password, cookie] = Array.from({ length: 6 }, secret);
  const upstream = await scriptedUpstream({
    // Providers repeat what they were sent, and some say more.
    leaky: ({ authorization }, response) =>
      answerJson(
        response,
        500,
        JSON.stringify({ error: { message: `refused ${authorization} dbk_${key}` } }),
      ),
  });
  atEnd(() => upstream.stop());
  const folder = testFolder();
  chmodSync(folder, 0o755);
  writeFileSync(
    join(folder, 'daybook.yaml'),
    `providers:\n  - { id: p, kind: openai-compatible, baseUrl: "${upstream.url}", apiKey: "\${P_KEY}" }\nmodels:\n  - { name: leaky, provider: p, price: { input: "1", output: "1" } }\n`,
  );
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../infra/cli/daybook.ts'), 'start'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      P_KEY: provider,
      DAYBOOK_PROFILE: 'embedded',
      DAYBOOK_PORT: '0',
      DAYBOOK_LOG_LEVEL: 'trace',
      DAYBOOK_MASTER_KEY: master,
      DAYBOOK_ADMIN_KEY: admin,
      // Nobody answers there: who cannot reach it says so.
      REDIS_URL: `redis://:${password}@127.0.0.1:1`,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  atEnd(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await expect.poll(() => /ready at (\S+) after/.exec(said)?.[1], { timeout: 25_000 }).toBeDefined();
  const url = /ready at (\S+) after/.exec(said)?.[1] ?? '';
  const answers: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${admin}`,
        cookie: `session=${cookie}`,
        'content-type': 'application/json',
        ...init.headers,
      },
    });
    answers.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  };
  const call = (body: object) => ({ method: 'POST', body: JSON.stringify(body) });
  expect(await ask('/v1/chat/completions', call({ ...chat, model: 'p/leaky' }))).toBe(502);
  expect(await ask('/v1/chat/completions', call({ ...chat, model: `dbk_${key}` }))).toBe(404);
  expect(await ask('/v1/messages', call({ ...chat, model: 'p/leaky', max_tokens: 9 }))).toBe(502);
  expect(await ask(`/api/v1/none?api_key=${password}`)).toBe(404);
  expect(await ask('/api/v1/budgets', call({ password }))).toBe(400);
  expect(await ask('/api/v1/budgets', { headers: { authorization: `Bearer dbk_${key}` } })).toBe(401);
  expect(await ask('/ready')).toBe(503);
  expect(await ask('/metrics')).toBe(200);
  child.kill('SIGTERM');
  await ended;
  const everything = said + answers.join('\n');
  expect(said.length).toBeGreaterThan(500);
  for (const one of [master, admin, key, provider, password, cookie]) expect(everything).not.toContain(one);
}, 60_000);
