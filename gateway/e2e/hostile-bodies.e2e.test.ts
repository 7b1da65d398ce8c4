import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../infra/testing/upstream.ts';
import { good } from './testing/every-route.ts';

const hello = 'How are you?';
const messages = [{ role: 'user', content: hello }];

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;

beforeAll(async () => {
  upstream = await scriptedUpstream({ good });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
  - { name: good, provider: test, price: { input: "1", output: "10" } }
`,
  });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const send = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${running.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json', ...headers },
    body,
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
