import { beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../../bounded-contexts/inference/index.ts';
import { atEnd } from '../../testing/index.ts';
import { anthropicWire, messageBody, messageEvent } from '../../testing/upstream/anthropic.ts';
import { allOf } from '../../testing/upstream/dialect.ts';
import { sendJson, sendStream, type WireCall, type WireServer } from '../../testing/upstream/wire-server.ts';
import {
  callOf,
  deltasOf,
  finishesOf,
  framesOf,
  hello,
  jsonIn,
  limits,
  scripted,
  secret,
} from '../testing/calls.ts';
import { anthropic } from './index.ts';

let server: WireServer;
let provider: Provider;
let answer: (call: WireCall) => void;

beforeAll(async () => {
  server = await scripted((call) => answer(call));
  provider = anthropic({ id: 'test', baseUrl: server.url, apiKey: secret, ...limits });
  atEnd(() => provider.close());
});

const native = { max_tokens: 64, messages: [{ role: 'user', content: 'How are you?' }] };
const chat = { ...hello, max_tokens: 64 };
const cacheUsage = {
  input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 30,
  output_tokens: 7,
  output_tokens_details: { thinking_tokens: 3 },
};
const cacheUsed = { input: 140, output: 7, cached: 100, cacheWrite: 30, reasoning: 3 };

/** The events of a message with thinking, text and a tool, as the API streams them. */
const rich = [
  messageEvent('message_start', { message: messageBody([], { usage: { ...cacheUsage, output_tokens: 1 } }) }),
  messageEvent('ping'),
  messageEvent('content_block_start', {
    index: 0,
    content_block: { type: 'thinking', thinking: '', signature: '' },
  }),
  messageEvent('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } }),
  messageEvent('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'sig' } }),
  messageEvent('content_block_stop', { index: 0 }),
  messageEvent('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }),
  messageEvent('content_block_delta', { index: 1, delta: { type: 'text_delta', text: 'I look.' } }),
  messageEvent('content_block_stop', { index: 1 }),
  messageEvent('content_block_start', {
    index: 2,
    content_block: { type: 'tool_use', id: 't1', name: 'look', input: {} },
  }),
  messageEvent('content_block_delta', {
    index: 2,
    delta: { type: 'input_json_delta', partial_json: '{"at":' },
  }),
  messageEvent('content_block_delta', {
    index: 2,
    delta: { type: 'input_json_delta', partial_json: '"sky"}' },
  }),
  messageEvent('content_block_stop', { index: 2 }),
  messageEvent('content_block_start', {
    index: 3,
    content_block: { type: 'tool_use', id: 't2', name: 'wait', input: {} },
  }),
  messageEvent('content_block_stop', { index: 3 }),
  messageEvent('message_delta', {
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 7, output_tokens_details: { thinking_tokens: 3 } },
  }),
  messageEvent('message_stop'),
];

describe('its own dialect passes through', () => {
  test('a message, bytes untouched, with the caller’s betas', async () => {
    const body = JSON.stringify(
      messageBody(
        [
          { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
          { type: 'text', text: 'All is well.', citations: [{ type: 'char_location', cited_text: 'x' }] },
        ],
        { usage: cacheUsage },
      ),
      null,
      1,
    );
    answer = (call) => sendJson(call, 200, body, { 'anthropic-ratelimit-requests-remaining': '3' });
    const request = {
      ...native,
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
      odd: 1.5,
    };
    const reply = await provider.complete(
      callOf('messages', request, {
        headers: { 'anthropic-beta': 'context-1m-2025-08-07', 'anthropic-version': '2023-06-01' },
      }),
    );
    expect(Buffer.from(reply.body).toString()).toBe(body);
    expect(reply).toMatchObject({
      text: 'All is well.',
      usage: cacheUsed,
      headers: { 'anthropic-ratelimit-requests-remaining': '3' },
    });
    const got = server.calls.at(-1);
    expect(got?.path).toBe('/v1/messages');
    expect(got?.body).toEqual({ model: 'scripted', ...request });
    expect(got?.headers).toMatchObject({
      'x-api-key': secret,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'context-1m-2025-08-07',
    });
    expect(got?.headers).not.toHaveProperty('authorization');
  });

  test('a streamed one, event by event, its last one held to be the end', async () => {
    answer = (call) => sendStream(call, 'text/event-stream', rich);
    const frames = await framesOf(provider, callOf('messages', { ...native, stream: true }));
    expect(frames.map(({ event, json }) => `event: ${event}\ndata: ${json}\n\n`)).toEqual(rich);
    expect(frames.map(({ text }) => text).join('')).toBe('I look.');
    expect(frames.at(-2)?.usage).toEqual(cacheUsed);
    expect(frames.filter(({ final }) => final)).toEqual([frames.at(-1)]);
  });

  test('tokens are counted for nothing', async () => {
    answer = (call) => sendJson(call, 200, '{"input_tokens":14}');
    const reply = await provider.complete(callOf('count-tokens', native));
    expect(jsonIn(reply)).toEqual({ input_tokens: 14 });
    expect(reply.usage).toMatchObject({ input: 0, output: 0 });
    expect(server.calls.at(-1)?.path).toBe('/v1/messages/count_tokens');
  });

  test('an answer that comes at once is given event by event, and a stream unasked as one message', async () => {
    const content = [
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', id: 't1', name: 'look', input: { at: 'sky' } },
    ];
    answer = (call) => sendJson(call, 200, JSON.stringify(messageBody(content)));
    const frames = await framesOf(provider, callOf('messages', native));
    expect(frames.map(({ event }) => event)).toEqual([
      'message_start',
      ...Array(2).fill(['content_block_start', 'content_block_delta', 'content_block_stop']).flat(),
      'message_delta',
      'message_stop',
    ]);
    answer = (call) => sendStream(call, 'text/event-stream', rich);
    expect(jsonIn(await provider.complete(callOf('messages', native)))).toMatchObject({
      stop_reason: 'tool_use',
      usage: { input_tokens: 10, output_tokens: 7 },
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 't1', input: { at: 'sky' } },
        { type: 'tool_use', id: 't2', input: {} },
      ],
    });
  });
});

describe('chat completions are translated', () => {
  test('a whole answer with thinking, text, a tool and cache tokens', async () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', id: 't1', name: 'look', input: { at: 'sky' } },
    ];
    answer = (call) =>
      sendJson(
        call,
        200,
        JSON.stringify(messageBody(content, { stop_reason: 'tool_use', usage: cacheUsage })),
      );
    const reply = await provider.complete(callOf('chat', chat));
    expect(reply).toMatchObject({ text: 'I look.', usage: cacheUsed });
    expect(jsonIn(reply)).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'I look.',
            reasoning_content: 'Hm.',
            tool_calls: [
              { id: 't1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 140,
        completion_tokens: 7,
        total_tokens: 147,
        prompt_tokens_details: { cached_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
  });

  test('a streamed one: deltas of text, thinking and tools, one finish, usage', async () => {
    answer = (call) => sendStream(call, 'text/event-stream', rich, { 'x-ratelimit-limit-requests': '9' });
    const frames = await framesOf(provider, callOf('chat', { ...chat, stream: true }));
    const tool = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] });
    expect(deltasOf(frames)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'Hm.' },
      { content: 'I look.' },
      tool(0, { id: 't1', type: 'function', function: { name: 'look', arguments: '' } }),
      tool(0, { function: { arguments: '{"at":' } }),
      tool(0, { function: { arguments: '"sky"}' } }),
      tool(1, { id: 't2', type: 'function', function: { name: 'wait', arguments: '' } }),
      tool(1, { function: { arguments: '{}' } }),
      {},
    ]);
    expect(finishesOf(frames)).toEqual(['tool_calls']);
    expect(frames.at(-1)).toMatchObject({ usageOnly: true, usage: cacheUsed });
    expect(frames[0]?.headers).toEqual({ 'x-ratelimit-limit-requests': '9' });
    expect(server.calls.at(-1)?.body).toMatchObject({ stream: true, max_tokens: 64 });
  });

  test('free JSON comes by way of a tool, whole and streamed', async () => {
    const json = { ...chat, response_format: { type: 'json_object' } };
    const block = { type: 'tool_use', id: 't', name: 'answer_in_json', input: { a: 1 } };
    answer = (call) => sendJson(call, 200, JSON.stringify(messageBody([block], { stop_reason: 'tool_use' })));
    const reply = await provider.complete(callOf('chat', json));
    expect(jsonIn(reply)).toMatchObject({
      choices: [{ message: { content: '{"a":1}' }, finish_reason: 'stop' }],
    });
    const frames = await framesOf(provider, callOf('chat', { ...json, stream: true }));
    expect(frames.map(({ text }) => text).join('')).toBe('{"a":1}');
    expect(finishesOf(frames)).toEqual(['stop']);
  });

  test('an answer that is gone on with repeats no white space of its beginning', async () => {
    const { opening, finish, end } = anthropicWire.pieces('', true);
    const said = [' ', ' well', ' here.'].map((text) =>
      messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    );
    const going = { ...chat, messages: [...hello.messages, { role: 'assistant', content: 'All is  ' }] };
    answer = (call) => sendStream(call, 'text/event-stream', [...opening, ...said, finish, end]);
    const frames = await framesOf(provider, callOf('chat', { ...going, stream: true }));
    expect(frames.map(({ text }) => text).join('')).toBe('well here.');
    expect(JSON.stringify(server.calls.at(-1)?.body)).toContain('"All is"');
    answer = (call) =>
      sendJson(call, 200, JSON.stringify(messageBody([{ type: 'text', text: '  well here.' }])));
    expect((await provider.complete(callOf('chat', going))).text).toBe('well here.');
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
  ])('%s is %s', async (stop_reason, finish) => {
    answer = (call) =>
      sendJson(call, 200, JSON.stringify(messageBody([{ type: 'text', text: 'x' }], { stop_reason })));
    expect(jsonIn(await provider.complete(callOf('chat', chat)))).toMatchObject({
      choices: [{ finish_reason: finish }],
    });
  });

  test('what cannot be carried over is refused by name, before anything is sent', async () => {
    const before = server.calls.length;
    await expect(provider.complete(callOf('chat', { ...chat, seed: 1 }))).rejects.toMatchObject({
      name: 'ProviderFailure',
      code: 'request.unsupported',
      message: expect.stringMatching(/^seed: /),
      details: { accepted: false },
    });
    expect(server.calls.length).toBe(before);
  });
});

test('the newest version of the API is spoken, the older one where sampling is asked for', async () => {
  answer = (call) => sendJson(call, 200, JSON.stringify(messageBody([{ type: 'text', text: 'x' }])));
  const versions = [];
  for (const more of [{}, { temperature: 0.2 }]) {
    await provider.complete(callOf('chat', { ...chat, ...more }));
    versions.push(server.calls.at(-1)?.headers['anthropic-version']);
  }
  expect(versions).toEqual(['2026-10-21', '2023-06-01']);
});

describe('failures', () => {
  test('one that comes after no more than a greeting is what it says; later it cuts the answer off', async () => {
    const overloaded = messageEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    const { opening, words } = anthropicWire.pieces('All is well.', true);
    for (const operation of ['messages', 'chat'] as const) {
      answer = (call) =>
        sendStream(call, 'text/event-stream', [opening[0] ?? '', messageEvent('ping'), overloaded]);
      await expect(framesOf(provider, callOf(operation, chat))).rejects.toMatchObject({
        code: 'provider.overloaded',
        details: { accepted: false, original: expect.stringContaining('overloaded_error') },
      });
      answer = (call) => sendStream(call, 'text/event-stream', [...opening, ...words, overloaded]);
      await expect(framesOf(provider, callOf(operation, chat))).rejects.toMatchObject({
        code: 'provider.cut-off',
        details: { accepted: true },
      });
    }
  });

  test('its SDK tries nothing again, and loses no word of the provider', async () => {
    answer = (call) => sendJson(call, 529, anthropicWire.error(529, 'Overloaded'), { 'retry-after': '4' });
    const before = server.calls.length;
    await expect(provider.complete(callOf('messages', native))).rejects.toMatchObject({
      code: 'provider.overloaded',
      details: { status: 529, retryAfterMs: 4_000, original: anthropicWire.error(529, 'Overloaded') },
    });
    expect(server.calls.length - before).toBe(1);
  });

  test('a caller who leaves ends the provider’s work, before and after it began', async () => {
    const { opening, words } = anthropicWire.pieces('All is well.', true);
    for (const script of [
      () => {},
      ({ response }: WireCall) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const piece of [...opening, ...words]) response.write(piece);
      },
    ]) {
      answer = script;
      const leaving = new AbortController();
      const call = framesOf(provider, callOf('messages', native, { signal: leaving.signal }));
      setTimeout(() => leaving.abort(), 60);
      await expect(call).rejects.not.toMatchObject({ name: 'ProviderFailure' });
      await server.calls.at(-1)?.gone;
    }
  });

  test('a stream that says all but its last event ends by itself', async () => {
    const pieces = allOf(anthropicWire.pieces('All is well.', true)).slice(0, -1);
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of pieces) response.write(piece);
    };
    const started = performance.now();
    const frames = await framesOf(provider, callOf('messages', native));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(frames.at(-1)).toMatchObject({ event: 'message_stop', final: true });
  });
});

test('its models, with what is told of them', async () => {
  answer = (call) =>
    sendJson(
      call,
      200,
      JSON.stringify({
        data: [
          {
            id: 'claude-sonnet-5-5',
            lifecycle: 'active',
            max_input_tokens: 1_000_000,
            capabilities: { image_input: { supported: true } },
          },
          { id: 'claude-haiku-4-5-20251001', lifecycle: 'active', capabilities: null },
          { id: 'claude-2', lifecycle: 'retired' },
        ],
        has_more: false,
      }),
    );
  const models = await provider.models(new AbortController().signal);
  expect(
    models.map(({ name, contextTokens, capabilities }) => [name, contextTokens, [...(capabilities ?? [])]]),
  ).toEqual([
    ['claude-sonnet-5-5', 1_000_000, ['tools', 'json', 'vision']],
    ['claude-haiku-4-5-20251001', undefined, ['tools', 'json', 'vision', 'prefill']],
  ]);
});
