import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayPid, type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import {
  sendJson,
  type WireCall,
  type WireServer,
  wireServer,
} from '../../infra/testing/upstream/wire-server.ts';
import { chunkOf } from '../../infra/testing/upstream.ts';

/** Providers that stream without an end: each call ends with an error of its dialect, is paid, and keeps no more than it may. */

const answerBytes = 4 * 1024 * 1024;
const piece = 'A sentence of an answer without an end. '.repeat(100);
const delta = (data: object) => `data: ${JSON.stringify(data)}\n\n`;

const events: Readonly<Record<string, string>> = {
  text: chunkOf({ content: piece }),
  tool: chunkOf({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: piece } }] }),
  thought: chunkOf({ reasoning_content: piece }),
  response: delta({ type: 'response.output_text.delta', sequence_number: 1, delta: piece }),
};

async function endless({ response, gone }: WireCall, event: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  while (!response.destroyed) if (!response.write(event)) await Promise.race([once(response, 'drain'), gone]);
}

let upstream: WireServer;
let running: RunningTestDaybook;

beforeAll(async () => {
  upstream = await wireServer((call: WireCall) => {
    const event = events[call.model];
    if (event === undefined) sendJson(call, 404, '{}');
    else void endless(call, event);
  });
  const price = 'price: { input: "1", output: "10" }';
  running = await testDaybook({
    config: `
providers:
  - { id: chat, kind: openai-compatible, baseUrl: "${upstream.url}/v1", tier: 2, operations: [chat] }
  - { id: native, kind: openai-compatible, baseUrl: "${upstream.url}/v1", tier: 2, operations: [responses] }
models:
  - { name: text, provider: chat, ${price} }
  - { name: tool, provider: chat, ${price} }
  - { name: thought, provider: chat, ${price} }
  - { name: response, provider: native, ${price} }
limits: { answerBytes: ${answerBytes} }
`,
  });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user', content: 'Go on.' }];
const bodies = {
  '/v1/chat/completions': { messages },
  '/v1/responses': { input: 'Go on.' },
  '/v1/messages': { messages, max_tokens: 64_000 },
} as const;
type Path = keyof typeof bodies;

/** The end of what the caller got, and how much that was. */
async function read(path: Path, model: string, headers: Record<string, string> = {}) {
  const body = { ...bodies[path], model, stream: true };
  const response = await running.fetch(path, { method: 'POST', body, headers });
  expect(response.status).toBe(200);
  let size = 0;
  let end = '';
  for await (const part of response.body ?? []) {
    const text = Buffer.from(part).toString();
    size += text.length;
    end = (end + text).slice(-10_000);
  }
  return { size, end, invocation: response.headers.get('daybook-invocation-id') };
}

const residentMiB = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gatewayPid(running)}/status`, 'utf8'))?.[1]) / 1024;

describe('an answer without an end', () => {
  test.each([
    ['/v1/chat/completions', 'chat/text', {}],
    [
      '/v1/chat/completions',
      'chat/text',
      { 'daybook-mid-stream': 'continue', 'daybook-stop-after': 'never said' },
    ],
    ['/v1/chat/completions', 'chat/text', { 'daybook-resumable': 'true', 'idempotency-key': 'again' }],
    ['/v1/chat/completions', 'chat/tool', {}],
    ['/v1/responses', 'chat/text', {}],
    ['/v1/responses', 'chat/thought', {}],
    ['/v1/responses', 'native/response', {}],
    ['/v1/messages', 'chat/text', {}],
    ['/v1/messages', 'chat/tool', {}],
  ] as const)('on %s of %s with %j ends with an error and is settled', async (path, model, headers) => {
    const calls = upstream.calls.length;
    const { size, end, invocation } = await read(path, model, headers);
    expect(end).toContain('limits.answerBytes');
    expect(end).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
    const text = model.endsWith('text') || model.endsWith('response');
    expect(size).toBeLessThan(answerBytes * (text ? 1.5 : 10));
    expect(upstream.calls.length).toBe(calls + 1);
    await upstream.calls.at(-1)?.gone;
    const { data } = await running.eventually<{
      data: { id: string; outcome: string; error: string; costUsd: string; attempts: { usage: string }[] }[];
    }>('/api/v1/invocations?limit=20', (all) => all.data.some(({ id }) => id === invocation));
    const one = data.find(({ id }) => id === invocation);
    expect(one).toMatchObject({
      outcome: 'error',
      error: 'provider.answer-too-long',
      attempts: [{ usage: text ? 'counted' : 'bound' }],
    });
    expect(Number(one?.costUsd)).toBeGreaterThan(0);
  });

  test('takes no more memory than the answers that may be kept', async () => {
    await read('/v1/chat/completions', 'chat/text');
    const before = residentMiB();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, residentMiB());
    }, 20);
    try {
      for (let round = 0; round < 3; round++)
        await Promise.all(Array.from({ length: 8 }, () => read('/v1/chat/completions', 'chat/text')));
    } finally {
      clearInterval(watch);
    }
    // Eight at once of 4 MiB, each as its text, its bytes and sealed while it is recorded; the rest is what is not collected yet.
    expect(most - before).toBeLessThan(256);
  });

  test('leaves nothing pending', async () => {
    await running.eventually<{ data: { pendingUsd: string }[] }>(
      '/api/v1/budgets/top-spenders?scope=tenant&period=total',
      ({ data }) => data[0]?.pendingUsd === '0',
    );
    expect(running.changes).toEqual([]);
  });
});
