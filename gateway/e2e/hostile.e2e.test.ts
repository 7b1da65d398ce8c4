import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/servers/index.ts';
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

/** Answers on every route, in the shape of that route. */
const good: Script = (call, response) => {
  const route = call.request.url?.replace('/v1/', '') ?? '';
  const usage = usageOf(12, 5);
  const choices = [{ index: 0, text: 'Well.', finish_reason: 'stop', logprobs: null }];
  const others: Record<string, object> = {
    completions: { id: 'c', object: 'text_completion', created: 1, model: 'good', choices, usage },
    embeddings: {
      object: 'list',
      model: 'good',
      data: [{ object: 'embedding', index: 0, embedding: [1] }],
      usage,
    },
    rerank: { id: 'r', results: [{ index: 0, relevance_score: 1 }], usage },
    moderations: {
      id: 'm',
      model: 'good',
      results: [{ flagged: false, categories: {}, category_scores: {} }],
    },
  };
  const other = others[route];
  if (other) answerJson(response, 200, JSON.stringify(other));
  else answers('All is well here.', usage)(call, response);
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

type Shape = 'openai' | 'anthropic';
const routes: Record<string, { shape: Shape; good: object }> = {
  '/v1/chat/completions': { shape: 'openai', good: { messages } },
  '/v1/messages': { shape: 'anthropic', good: { messages, max_tokens: 40 } },
  '/v1/responses': { shape: 'openai', good: { input: hello } },
  '/v1/completions': { shape: 'openai', good: { prompt: hello } },
  '/v1/embeddings': { shape: 'openai', good: { input: hello } },
  '/v1/rerank': { shape: 'openai', good: { query: hello, documents: [hello] } },
  '/v1/moderations': { shape: 'openai', good: { input: hello } },
};

async function expectRefusal(response: Response, shape: Shape, about: string, statuses: RegExp = /^4/) {
  const text = await response.text();
  expect(String(response.status), `${about}: ${text.slice(0, 300)}`).toMatch(statuses);
  if (response.status === 200) return;
  expect(response.headers.get('x-request-id'), about).toMatch(/^req_/);
  expect(response.headers.get('openai-processing-ms'), about).toMatch(/^\d+$/);
  const body: { error?: { message?: string }; request_id?: string } = JSON.parse(text);
  const message = expect.stringMatching(/^[^\n]+\.$/);
  if (shape === 'openai')
    expect(body, about).toMatchObject({
      error: { message, type: expect.any(String), code: expect.any(String) },
    });
  else {
    const id = response.headers.get('request-id');
    expect(id, about).toMatch(/^req_/);
    expect(body, about).toMatchObject({
      type: 'error',
      error: { type: expect.stringMatching(/_error$|^request_too_large$/), message },
      request_id: id,
    });
  }
  expect(body.error?.message, about).not.toMatch(/\bat \S+:\d+|node_modules|\.ts\b/);
}

describe('bad input', () => {
  const model = 'test/good';
  const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const wrong: Record<string, Record<string, object>> = {
    '/v1/chat/completions': {
      'n = 0': { n: 0 },
      'a bound below 0': { max_completion_tokens: -1 },
      'a bound of 1e308': { max_tokens: 1e308 },
    },
    '/v1/messages': {
      'no bound': { max_tokens: undefined },
      'a bound of 0': { max_tokens: 0 },
      'a bound below 0': { max_tokens: -5 },
      'a bound of 1e308': { max_tokens: 1e308 },
      'an unknown role': { messages: [{ role: 'boss', content: 'x' }] },
      'no messages': { messages: [] },
      'messages of another type': { messages: 'hello' },
      'a result without its call': user([{ type: 'tool_result', content: 'x' }]),
      'a call without its name': {
        messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a' }] }],
      },
      'a text block without text': user([{ type: 'text' }]),
      'an image without a source': user([{ type: 'image' }]),
      'an image of an unknown kind': user([{ type: 'image', source: { type: 'tape', data: 'x' } }]),
      'an image whose source is a number': user([{ type: 'image', source: 7 }]),
      'a document without a source': user([{ type: 'document' }]),
      'a block of an unknown kind': user([{ type: 'smell' }]),
      'a tool without a name': { tools: [{ input_schema: {} }] },
      'a choice of tools that is text': { tool_choice: 'auto' },
      'a temperature of 2': { temperature: 2 },
      'stop sequences that are text': { stop_sequences: 'x' },
    },
    '/v1/responses': {
      'a bound below 0': { max_output_tokens: -1 },
      'a bound of 1e308': { max_output_tokens: 1e308 },
      'an input that is a number': { input: 7 },
      'an unknown role': { input: [{ role: 'boss', content: 'x' }] },
      'an item of an unknown kind': { input: [{ type: 'smell' }] },
      'an output without its call': { input: [{ type: 'function_call_output', output: 'x' }] },
      'a call without its name': { input: [{ type: 'function_call', call_id: 'a' }] },
      'a part of an unknown kind': { input: [{ role: 'user', content: [{ type: 'smell' }] }] },
      'an image without a url': { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      'a message whose content is a number': { input: [{ role: 'user', content: 7 }] },
      'a part that is null': { input: [{ role: 'user', content: [null] }] },
      'a tool without a name': { tools: [{ type: 'function' }] },
      'an earlier response that is none': { previous_response_id: 'resp_x' },
      'a background': { background: true },
    },
    '/v1/completions': {
      'n = 0': { n: 0 },
      'a bound below 0': { max_tokens: -1 },
      'a bound of 1e308': { max_tokens: 1e308 },
      'no prompt': { prompt: undefined },
      'a prompt that is an object': { prompt: {} },
      'no prompts': { prompt: [] },
    },
    '/v1/embeddings': {
      'no input': { input: undefined },
      'an empty input': { input: '' },
      'no inputs': { input: [] },
      'mixed inputs': { input: ['a', 1] },
      'dimensions of 0': { dimensions: 0 },
      'an unknown format': { encoding_format: 'tape' },
    },
    '/v1/rerank': {
      'no query': { query: '' },
      'no documents': { documents: [] },
      'documents that are numbers': { documents: [1] },
      'a top_n below 0': { top_n: -1 },
      'a top_n of 1e308': { top_n: 1e308 },
    },
    '/v1/moderations': { 'no input': { input: undefined }, 'an input of numbers': { input: [1] } },
  };

  describe.each(Object.entries(routes))('of %s', (path, { shape, good }) => {
    test('is refused in its dialect, whatever is wrong with it, and goes nowhere', async () => {
      const before = upstream.calls.length;
      const odd: Record<string, string | Uint8Array<ArrayBuffer>> = {
        empty: '',
        'no JSON': '{"model":',
        'a list': '[1]',
        null: 'null',
        'a number': '1e999',
        'not UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
        deep: `{"model":"${model}","input":${deep(5_000)}}`,
        huge: JSON.stringify({ model, ...good, user: 'x'.repeat(10_000_000) }),
        'a model of 1e5 letters': JSON.stringify({ ...good, model: 'm'.repeat(100_000) }),
        'a model of NUL': JSON.stringify({ ...good, model: '\u0000' }),
        'half a letter for a model': JSON.stringify({ ...good, model: 'a\ud83d' }),
        'a model that is a number': JSON.stringify({ ...good, model: 7 }),
        'a model that is __proto__': JSON.stringify({ ...good, model: '__proto__' }),
      };
      for (const [name, body] of Object.entries(odd))
        await expectRefusal(await send(path, body), shape, `${path}: ${name}`);
      const streams = ['/v1/chat/completions', '/v1/messages', '/v1/responses', '/v1/completions'];
      const all = { ...wrong[path], ...(streams.includes(path) ? { 'stream: yes': { stream: 'yes' } } : {}) };
      const failed: string[] = [];
      for (const [name, more] of Object.entries(all)) {
        const response = await send(path, JSON.stringify({ model, ...good, ...more }));
        await expectRefusal(response, shape, `${path}: ${name}`).catch((e: Error) => failed.push(e.message));
      }
      expect(failed).toEqual([]);
      expect(upstream.calls.length - before).toBe(0);
    });

    test('never ends as an error of ours', async () => {
      const letters = fc.string({ unit: fc.constantFrom('a', '\u0000', '\ud83d', '"', '\n', '.', '/', 'é') });
      const json = fc.letrec((tie) => ({
        value: fc.oneof(
          { maxDepth: 4, withCrossShrink: true },
          fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', 'user', 'assistant', 'auto', 'text'),
          letters,
          fc.double(),
          fc.array(tie('value'), { maxLength: 3 }),
          tie('record'),
        ),
        record: fc.dictionary(
          fc.constantFrom(
            ...['type', 'role', 'content', 'text', 'source', 'image_url', 'url', 'tool_calls', 'function'],
            ...['name', 'id', 'call_id', 'tool_use_id', 'input', 'arguments', 'output', 'data', '__proto__'],
          ),
          tie('value'),
          { maxKeys: 5 },
        ),
      })).value;
      const block = fc.record(
        {
          type: fc.constantFrom<unknown>(
            ...[
              'text',
              'image',
              'document',
              'tool_use',
              'tool_result',
              'thinking',
              'image_url',
              'input_text',
            ],
            ...[
              'input_image',
              'output_text',
              'function_call',
              'function_call_output',
              'message',
              'reasoning',
            ],
            ...['function', 'json_schema', 'json_object', 'custom', 'web_search'],
          ),
          role: fc.constantFrom('user', 'assistant', 'system', 'developer', 'tool'),
          ...Object.fromEntries(
            [
              'content',
              'text',
              'source',
              'image_url',
              'tool_calls',
              'function',
              'output',
              'input',
              'name',
            ].map((name) => [name, json]),
          ),
        },
        { requiredKeys: [] },
      );
      const value = fc.oneof(json, block, fc.array(block, { maxLength: 3 }));
      const fields = [
        ...[
          'messages',
          'input',
          'prompt',
          'system',
          'instructions',
          'tools',
          'tool_choice',
          'thinking',
          'text',
        ],
        ...['response_format', 'stream_options', 'stop', 'n', 'logprobs', 'metadata', 'reasoning', 'user'],
        ...['documents', 'query', 'output_config', 'include', 'functions', 'logit_bias', 'prediction'],
      ];
      const more = fc.dictionary(fc.constantFrom(...fields), value, { minKeys: 1, maxKeys: 2 });
      const turn = fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.array(block) });
      const body = fc.oneof(
        fc.jsonValue(),
        more.map((extra) => ({ model, ...good, ...extra })),
        fc.array(turn, { minLength: 1, maxLength: 3 }).map((list) => ({ model, ...good, messages: list })),
        fc.array(block, { minLength: 1, maxLength: 3 }).map((list) => ({ model, ...good, input: list })),
      );
      await fc.assert(
        fc.asyncProperty(body, async (sent) => {
          await expectRefusal(await send(path, JSON.stringify(sent)), shape, path, /^(4..|200)$/);
        }),
        { numRuns: 150 },
      );
    });
  });
});
