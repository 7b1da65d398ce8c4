import { beforeEach, describe, expect, test } from 'vitest';
import type { Provider } from '../../../bounded-contexts/inference/index.ts';
import { atEnd } from '../../testing/index.ts';
import { allOf } from '../../testing/upstream/dialect.ts';
import { ollamaDone, ollamaLine, ollamaWire } from '../../testing/upstream/ollama.ts';
import { sendJson, sendStream, type WireCall, type WireServer } from '../../testing/upstream/wire-server.ts';
import { callOf, deltasOf, finishesOf, framesOf, hello, jsonIn, limits, scripted } from '../testing/calls.ts';
import { ollama } from './index.ts';

let server: WireServer;
let provider: Provider;
let answer: (call: WireCall) => void;
let shown: object;

beforeEach(async () => {
  shown = {
    capabilities: ['completion', 'tools', 'vision', 'thinking'],
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
  };
  const started = await scripted((call) =>
    call.path === '/api/show' ? sendJson(call, 200, JSON.stringify(shown)) : answer(call),
  );
  server = started;
  const made = ollama({ id: 'test', baseUrl: server.url, apiKey: undefined, ...limits });
  provider = made;
  atEnd(() => made.close());
});

const chats = () => server.calls.filter(({ path }) => path === '/api/chat');
const well = (call: WireCall) =>
  call.streamed
    ? sendStream(call, ollamaWire.streamType, allOf(ollamaWire.pieces('All is well.', true)))
    : sendJson(call, 200, ollamaWire.whole('All is well.', true));

test('a request in Ollama’s own words', async () => {
  answer = well;
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  await provider.complete(
    callOf('chat', {
      messages: [
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'blue' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
      max_tokens: 64,
      temperature: 0.5,
      seed: 7,
      stop: 'END',
      reasoning_effort: 'low',
      user: 'ana',
    }),
  );
  expect(chats()[0]?.body).toEqual({
    model: 'scripted',
    stream: false,
    truncate: false,
    shift: false,
    think: true,
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What is this?', images: ['AAAA'] },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'look', arguments: { at: 'sky' } } }],
      },
      { role: 'tool', content: 'blue', tool_name: 'look' },
    ],
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
    format: { type: 'object' },
    options: { num_ctx: 4_096, num_predict: 64, temperature: 0.5, seed: 7, stop: ['END'] },
  });
});

describe('answers', () => {
  const calls = [{ function: { name: 'look', arguments: { at: 'sky' } } }];

  test('a whole one, with tools and thinking', async () => {
    answer = (call) =>
      sendJson(call, 200, ollamaLine({ content: '', thinking: 'Hm.', tool_calls: calls }, ollamaDone(true)));
    const reply = await provider.complete(callOf('chat', hello));
    expect(reply.usage).toEqual({ input: 12, output: 5, cached: 0, cacheWrite: 0, reasoning: 0 });
    expect(jsonIn(reply)).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            reasoning_content: 'Hm.',
            tool_calls: [
              { id: expect.stringMatching(/^call_/), function: { name: 'look', arguments: '{"at":"sky"}' } },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
    });
  });

  test('a streamed one, line by line, a line that is none passed over', async () => {
    answer = (call) =>
      sendStream(call, ollamaWire.streamType, [
        ollamaLine({ thinking: 'Hm.' }),
        ollamaLine({ content: 'I ' }),
        ollamaWire.nonsense,
        '\n',
        ollamaLine({ content: 'look.' }),
        ollamaLine({ tool_calls: calls }),
        ollamaLine({}, ollamaDone(true, { done_reason: 'stop' })),
      ]);
    const frames = await framesOf(provider, callOf('chat', { ...hello, stream: true }));
    expect(frames.map(({ text }) => text).join('')).toBe('I look.');
    expect(deltasOf(frames)).toMatchObject([
      { role: 'assistant', reasoning_content: 'Hm.' },
      { content: 'I ' },
      { content: 'look.' },
      { tool_calls: [{ index: 0, function: { name: 'look', arguments: '{"at":"sky"}' } }] },
      {},
    ]);
    expect(finishesOf(frames)).toEqual(['tool_calls']);
    expect(frames.at(-1)).toMatchObject({ usageOnly: true, usage: { input: 12, output: 5 } });
  });

  test('a whole stream leaves its connection to the next call', async () => {
    answer = well;
    const ports = new Set<number | undefined>();
    for (let index = 0; index < 6; index++) {
      await framesOf(provider, callOf('chat', hello));
      ports.add(server.calls.at(-1)?.response.req.socket.remotePort);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The first call may open a second one, beside that on which it asked about the model.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('a reader who stops in the middle, and a caller who leaves, end the model’s work', async () => {
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': ollamaWire.streamType });
      response.write(ollamaLine({ content: 'On and ' }));
    };
    for await (const _frame of provider.stream(callOf('chat', hello))) break;
    await server.calls.at(-1)?.gone;
    const leaving = new AbortController();
    const call = framesOf(provider, callOf('chat', hello, { signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 50);
    await expect(call).rejects.not.toMatchObject({ name: 'ProviderFailure' });
    await server.calls.at(-1)?.gone;
  });

  test('an error in place of an answer, and one in the middle of it', async () => {
    answer = (call) => sendJson(call, 500, '{"error":"model runner has unexpectedly stopped"}');
    await expect(provider.complete(callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.error',
      details: { status: 500, original: '{"error":"model runner has unexpectedly stopped"}' },
    });
    answer = (call) =>
      sendStream(call, ollamaWire.streamType, [
        ollamaLine({ content: 'On ' }),
        '{"error":"out of memory"}\n',
      ]);
    await expect(framesOf(provider, callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.cut-off',
      details: { accepted: true, original: '{"error":"out of memory"}' },
    });
  });
});

describe('the window fits the prompt', () => {
  const long = (letters: number) => ({
    messages: [{ role: 'user', content: 'x'.repeat(letters) }],
    max_tokens: 100,
  });
  const sizes = () => chats().map(({ body }) => (body['options'] as { num_ctx: number }).num_ctx);

  test('it grows with it, stays for shorter ones, and is never larger than the model’s', async () => {
    answer = well;
    for (const letters of [100, 20_000, 100, 500_000]) await provider.complete(callOf('chat', long(letters)));
    expect(sizes()).toEqual([4_096, 16_384, 16_384, 40_960]);
  });

  test('where it was too small after all, the model is asked once more with all that it has', async () => {
    answer = (call) => {
      const { num_ctx: size } = call.body['options'] as { num_ctx: number };
      if (size < 40_960) sendJson(call, 400, '{"error":"the input length exceeds the context length"}');
      else well(call);
    };
    await provider.complete(callOf('chat', long(100)));
    expect(sizes()).toEqual([4_096, 40_960]);
  });

  test('a prompt that is longer than the model reads is said to be so', async () => {
    answer = (call) => sendJson(call, 400, '{"error":"the input length exceeds the context length"}');
    await expect(provider.complete(callOf('chat', long(500_000)))).rejects.toMatchObject({
      code: 'provider.context-exceeded',
    });
  });
});

test.each([
  ['n', { n: 2 }],
  ['tool_choice', { tools: [{}], tool_choice: 'required' }],
  ['logit_bias', { logit_bias: { 1: 1 } }],
  [
    'messages[0].content[0]',
    {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
      ],
    },
  ],
  ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
])('%s is refused by name, and nothing is sent', async (param, more) => {
  answer = well;
  const failure = await provider
    .complete(callOf('chat', { ...hello, ...more }))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'ProviderFailure', code: 'request.unsupported' });
  expect(String(failure)).toContain(`${param}: `);
  expect(chats()).toEqual([]);
});

describe('embeddings', () => {
  test('texts as vectors, as numbers or in base64', async () => {
    answer = (call) =>
      sendJson(call, 200, '{"model":"m","embeddings":[[0.5,-2],[1,0]],"prompt_eval_count":6}');
    const reply = await provider.complete(callOf('embeddings', { input: ['a', 'b'], dimensions: 2 }));
    expect(jsonIn(reply)).toEqual({
      object: 'list',
      model: 'scripted',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -2] },
        { object: 'embedding', index: 1, embedding: [1, 0] },
      ],
      usage: { prompt_tokens: 6, total_tokens: 6 },
    });
    expect(reply.usage).toMatchObject({ input: 6, output: 0 });
    expect(server.calls.at(-1)?.body).toEqual({
      model: 'scripted',
      input: ['a', 'b'],
      truncate: false,
      dimensions: 2,
    });
    const packed = jsonIn(
      await provider.complete(callOf('embeddings', { input: 'a', encoding_format: 'base64' })),
    );
    const { data } = packed as { data: { embedding: string }[] };
    const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0.5, -2]);
  });

  test('numbers of tokens are refused', async () => {
    await expect(provider.complete(callOf('embeddings', { input: [1, 2] }))).rejects.toMatchObject({
      code: 'request.unsupported',
    });
  });
});

test('its models, with what they can do and how much they read', async () => {
  answer = (call) => sendJson(call, 200, '{"models":[{"name":"qwen3-vl:8b"},{"name":"nomic-embed-text"}]}');
  const first = await provider.models(new AbortController().signal);
  expect(first[0]).toMatchObject({
    name: 'qwen3-vl:8b',
    contextTokens: 40_960,
    operations: new Set(['chat']),
  });
  expect([...(first[0]?.capabilities ?? [])]).toEqual(expect.arrayContaining(['tools', 'vision', 'json']));
});

test('a model that only embeds is for nothing else', async () => {
  shown = { capabilities: ['embedding'], model_info: { 'nomic-bert.context_length': 2_048 } };
  answer = (call) => sendJson(call, 200, '{"models":[{"name":"nomic-embed-text"}]}');
  expect(await provider.models(new AbortController().signal)).toEqual([
    {
      name: 'nomic-embed-text',
      contextTokens: 2_048,
      capabilities: new Set(),
      operations: new Set(['embeddings']),
    },
  ]);
});
