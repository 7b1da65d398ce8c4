import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/servers/index.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answers,
  chunkOf,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';
import { good } from './testing/every-route.ts';

const hello = 'How are you?';
const messages = [{ role: 'user', content: hello }];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const words = Array.from({ length: 30 }, (_, index) => `word-${index} `);
const frameOf64kB = chunkOf({ content: 'x'.repeat(65_536) });
const frames = 1_024;

/** Streams a word each `ms`. */
const wordEach =
  (ms: number): Script =>
  async (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of words) {
      if (response.destroyed) return;
      response.write(chunkOf({ content }));
      await pause(ms);
    }
    response.write(chunkOf({}, 'stop', { usage: usageOf(5, words.length) }));
    response.end('data: [DONE]\n\n');
  };

const script = {
  good,
  late: (call, response) => {
    setTimeout(() => answers('All is well here.', usageOf(12, 5))(call, response), 700);
  },
  quick: wordEach(3),
  slow: wordEach(60),
  flood: async (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let sent = 0; sent < frames && !response.destroyed; sent++)
      if (!response.write(frameOf64kB)) await new Promise((resolve) => response.once('drain', resolve));
    response.end(`${chunkOf({}, 'stop', { usage: usageOf(5, 100) })}data: [DONE]\n\n`);
  },
} satisfies Record<string, Script>;

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;

beforeAll(async () => {
  upstream = await scriptedUpstream(script);
  running = await testDaybook({
    variables: { DAYBOOK_PORT: String(await freePort()) },
    config: `
# A flood is twice what an answer may have by default.
limits: { answerBytes: 134217728 }
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
${Object.keys(script)
  .map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`)
  .join('\n')}
`,
  });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

type Headers = Record<string, string>;

const send = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Headers = {},
  signal?: AbortSignal,
) =>
  fetch(`${running.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json', ...headers },
    body,
    ...(signal ? { signal } : {}),
  });
const chat = (body: object, headers: Headers = {}, signal?: AbortSignal) =>
  send('/v1/chat/completions', JSON.stringify({ messages, max_tokens: 40, ...body }), headers, signal);
const callsOf = (model: string) => upstream.calls.filter((one) => one.model === model).length;
const pid = () => {
  const found = [...running.daybook.processes()].find(([name]) => name.includes('gateway'));
  return found?.[1] ?? 0;
};

const dialects: Record<string, (more: { model: string; user?: string; stream?: boolean }) => object> = {
  '/v1/chat/completions': (more) => ({ messages, max_tokens: 40, ...more }),
  '/v1/messages': ({ user, ...more }) => ({ messages, max_tokens: 40, metadata: { user_id: user }, ...more }),
  '/v1/responses': (more) => ({ input: hello, max_output_tokens: 40, ...more }),
};

describe('an Idempotency-Key', () => {
  test.each([false, true])('lets one of 20 callers at once through (stream: %s)', async (stream) => {
    const before = callsOf('late');
    const key = { 'idempotency-key': `race-${stream}` };
    const ask = async () => {
      const response = await chat({ model: 'test/late', stream }, key);
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    const all = await Promise.all(Array.from({ length: 20 }, ask));
    const answered = all.filter(({ status }) => status === 200);
    const [first] = answered;
    for (const one of all) {
      if (one.status === 200) expect(one.text).toBe(first?.text);
      else {
        expect(one.status).toBe(409);
        expect(one.headers.get('x-should-retry')).toBe('true');
      }
    }
    expect(answered.length).toBeGreaterThan(0);
    const afterwards = await Promise.all(Array.from({ length: 20 }, ask));
    for (const one of afterwards) expect(one).toMatchObject({ status: 200, text: first?.text });
    expect(callsOf('late') - before).toBe(1);
  });

  test('is refused on another route, and as a stream', async () => {
    const key = { 'idempotency-key': 'elsewhere' };
    expect((await chat({ model: 'test/good' }, key)).status).toBe(200);
    expect((await chat({ model: 'test/good', stream: true }, key)).status).toBe(422);
    for (const path of ['/v1/messages', '/v1/responses', '/v1/completions']) {
      const model = 'test/good';
      const body = dialects[path]?.({ model, user: 'a' }) ?? { model, prompt: hello };
      expect((await send(path, JSON.stringify(body), key)).status, path).toBe(422);
    }
  });

  test('keeps no refusal by a budget', async () => {
    const budget = (limitUsd: string) =>
      running.json('/api/v1/budgets', {
        method: 'POST',
        body: { scope: 'user', id: 'poor', period: 'total', limitUsd, mode: 'hard' },
      });
    await budget('0.0000001');
    const ask = () => chat({ model: 'test/good', user: 'poor' }, { 'idempotency-key': 'poor' });
    await expect.poll(async () => (await chat({ model: 'test/good', user: 'poor' })).status).toBe(429);
    expect((await ask()).status).toBe(429);
    expect((await ask()).status).toBe(429);
    await budget('1');
    await expect.poll(async () => (await ask()).status).toBe(200);
  });
});

const pending = () =>
  running.json<{ data: { pendingUsd: string }[] }>('/api/v1/budgets/top-spenders?scope=tenant&period=total');

describe('callers who leave', () => {
  test.each(Object.keys(dialects))(
    '%s: leave nothing pending, and are on record as aborted',
    async (path) => {
      const leave = async (user: string, model: string, stream: boolean, when: (text: string) => boolean) => {
        const controller = new AbortController();
        const body = JSON.stringify(dialects[path]?.({ model: `test/${model}`, user, stream }));
        const before = callsOf(model);
        const asked = send(path, body, {}, controller.signal);
        if (!stream || when('')) {
          asked.catch(() => {});
          await expect.poll(() => callsOf(model)).toBeGreaterThan(before);
        } else {
          const reader = (await asked).body?.getReader();
          let seen = '';
          while (!when(seen)) seen += new TextDecoder().decode((await reader?.read())?.value);
        }
        controller.abort();
        await asked.then((one) => one.text()).catch(() => {});
      };
      const name = `left${path.replaceAll('/', '-')}`;
      await leave(`${name}-before`, 'late', true, () => true);
      await leave(`${name}-whole`, 'late', false, () => true);
      await leave(`${name}-first`, 'slow', true, (text) => text.includes('word-0'));
      await leave(`${name}-end`, 'slow', true, (text) => text.includes('word-28'));
      for (const when of ['before', 'whole', 'first', 'end']) {
        const { data } = await running.eventually<{ data: { outcome: string }[] }>(
          `/api/v1/invocations?user=${name}-${when}`,
          (body) => body.data.length > 0,
        );
        expect(data, when).toMatchObject([{ outcome: 'aborted' }]);
      }
      await expect.poll(async () => (await pending()).data[0]?.pendingUsd, { timeout: 5_000 }).toBe('0');
    },
  );
});

describe('a slow reader', () => {
  test('makes the gateway wait, not swell; the whole arrives when it reads on', async () => {
    const rss = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid())]).toString()) / 1_024;
    // Its heap grows to what a flood needs while one is read as fast as it comes: that is not what is looked for.
    await (await chat({ model: 'test/flood', stream: true, user: 'quick-reader' })).arrayBuffer();
    const before = rss();
    const response = await chat({ model: 'test/flood', stream: true, user: 'slow-reader' });
    await pause(2_000);
    expect(rss() - before).toBeLessThan(40);
    const reader = response.body?.getReader();
    let size = 0;
    let tail = '';
    for (;;) {
      const part = await reader?.read();
      if (!part || part.done) break;
      size += part.value.length;
      tail = (tail + new TextDecoder().decode(part.value.subarray(-400))).slice(-400);
    }
    expect(tail).toMatch(/data: \[DONE\]\n\n$/);
    expect(size).toBeGreaterThan(frames * 65_536);
  });
});

describe('a resumable stream', () => {
  const resume = (id: string, last: number | undefined) =>
    running.fetch(`/v1/streams/${id}`, {
      ...(last === undefined ? {} : { headers: { 'last-event-id': String(last) } }),
    });
  /** Events by their number, with their text; comments do not count. */
  const eventsOf = (text: string) =>
    [...text.matchAll(/^id: (\d+)\n((?:(?!^id: )[\s\S])*?)\n\n/gm)].map(([, id, data]) => ({
      id: Number(id),
      data,
    }));
  const lastOf = (text: string) => eventsOf(text).at(-1)?.id;

  test.each(Object.keys(dialects))('%s: cut anywhere, is whole once it was resumed', async (path) => {
    const body = JSON.stringify(dialects[path]?.({ model: 'test/quick', user: 'r', stream: true }));
    const response = await send(path, body, { 'daybook-resumable': 'true' });
    const id = response.headers.get('daybook-stream-id') ?? '';
    const bytes = new Uint8Array(await response.arrayBuffer());
    const whole = eventsOf(new TextDecoder().decode(bytes));
    expect(whole.map(({ id }) => id)).toEqual(whole.map((_, index) => index + 1));
    expect(whole.length).toBeGreaterThanOrEqual(words.length);
    for (let i = 0; i < 30; i++) {
      const cut = new TextDecoder().decode(bytes.subarray(0, Math.floor(Math.random() * bytes.length)));
      const rest = await (await resume(id, lastOf(cut))).text();
      expect([...eventsOf(cut), ...eventsOf(rest)]).toEqual(whole);
    }
    const beyond = await (await resume(id, whole.length + 5)).text();
    expect(beyond).toContain('error');
    expect(beyond).not.toContain('[DONE]');
  });

  test('ends as an error in its dialect where its gateway was killed', async () => {
    const begun = await Promise.all(
      Object.entries(dialects).map(async ([path, bodyOf]) => {
        const body = JSON.stringify(bodyOf({ model: 'test/slow', user: 'k', stream: true }));
        const response = await send(path, body, { 'daybook-resumable': 'true' });
        const reader = response.body?.getReader();
        let seen = '';
        while (!seen.includes('word-6')) seen += new TextDecoder().decode((await reader?.read())?.value);
        return { path, id: response.headers.get('daybook-stream-id') ?? '', seen, reader };
      }),
    );
    process.kill(pid(), 'SIGKILL');
    const back = () => running.changes.some((change) => /gateway.* runs again/.test(change));
    await expect.poll(back, { timeout: 20_000 }).toBe(true);
    await Promise.all(
      begun.map(async ({ path, id, seen, reader }) => {
        await reader?.cancel().catch(() => {});
        const [whole = '', rest = ''] = await Promise.all(
          [undefined, lastOf(seen)].map(async (last) => (await resume(id, last)).text()),
        );
        for (const one of [whole, rest]) {
          expect(one).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
          const last = one.trimEnd().split('\n\n').at(-1) ?? '';
          expect(last).toMatch(path === '/v1/chat/completions' ? /^data: \{"error"/ : /^event: error\n/);
          expect(last).toContain('before it was complete');
        }
        const kept = eventsOf(whole);
        expect(kept.length).toBeGreaterThan(3);
        const delivered = eventsOf(seen);
        const both = Math.min(kept.length, delivered.length);
        expect(kept.slice(0, both)).toEqual(delivered.slice(0, both));
      }),
    );
  }, 60_000);

  test('has two readers at once', async () => {
    const response = await chat({ model: 'test/quick', stream: true }, { 'daybook-resumable': 'true' });
    const id = response.headers.get('daybook-stream-id') ?? '';
    const [first, second, third] = await Promise.all([
      response.text(),
      resume(id, undefined).then((one) => one.text()),
      resume(id, 3).then((one) => one.text()),
    ]);
    expect(eventsOf(second)).toEqual(eventsOf(first));
    expect(eventsOf(third)).toEqual(eventsOf(first).slice(3));
  });
});
