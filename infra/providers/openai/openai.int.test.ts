import { beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../../bounded-contexts/inference/index.ts';
import { atEnd } from '../../testing/index.ts';
import { allOf } from '../../testing/upstream/dialect.ts';
import { openAiWire, responseBody, responseEvents } from '../../testing/upstream/openai.ts';
import { sendJson, sendStream, type WireCall, type WireServer } from '../../testing/upstream/wire-server.ts';
import { callOf, framesOf, hello, jsonIn, limits, scripted, secret } from '../testing/calls.ts';
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
    operations: ['chat', 'completions', 'responses', 'embeddings', 'moderations', 'rerank', 'messages'],
    ...limits,
  });
  atEnd(() => provider.close());
});

const limitHeaders = { 'x-ratelimit-remaining-requests': '7', 'x-other': 'not handed on' };

describe('each operation at its path, bytes untouched, usage and text read', () => {
  const odd = (json: object) => JSON.stringify(json).replace('{', '{ "kept" : 1.50 , ');
  test.each([
    [
      'chat',
      '/v1/chat/completions',
      odd({
        choices: [{ message: { content: 'one' } }, { message: { content: null, tool_calls: [] } }],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 4,
          prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
      'one\n',
      { input: 9, output: 4, cached: 3, cacheWrite: 2, reasoning: 2 },
    ],
    [
      'completions',
      '/v1/completions',
      odd({ choices: [{ text: 'on and on' }], usage: { prompt_tokens: 3, completion_tokens: 3 } }),
      'on and on',
      { input: 3, output: 3, cached: 0, cacheWrite: 0, reasoning: 0 },
    ],
    [
      'responses',
      '/v1/responses',
      odd(responseBody('A response.', 'completed')),
      'A response.',
      { input: 12, output: 5, cached: 4, cacheWrite: 0, reasoning: 2 },
    ],
    [
      'embeddings',
      '/v1/embeddings',
      odd({ data: [{ embedding: [0.5, 0.25] }], usage: { prompt_tokens: 2, total_tokens: 2 } }),
      '',
      { input: 2, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
    ],
    [
      'moderations',
      '/v1/moderations',
      odd({ results: [{ flagged: false }] }),
      '',
      { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
    ],
    [
      'rerank',
      '/v1/rerank',
      odd({ results: [{ index: 1, relevance_score: 0.9 }], usage: { total_tokens: 8 } }),
      '',
      { input: 8, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
    ],
  ] as const)('%s', async (operation, path, body, text, usage) => {
    answer = (call) => sendJson(call, 200, body, limitHeaders);
    const reply = await provider.complete(callOf(operation, { some: 'thing' }));
    expect(Buffer.from(reply.body).toString()).toBe(body);
    expect(reply).toMatchObject({ text, usage, headers: { 'x-ratelimit-remaining-requests': '7' } });
    expect(reply.headers).not.toHaveProperty('x-other');
    const got = server.calls.at(-1);
    expect(got?.path).toBe(path);
    expect(got?.body).toEqual({ model: 'scripted', some: 'thing' });
    expect(got?.headers).toMatchObject({ authorization: `Bearer ${secret}`, 'accept-encoding': 'identity' });
  });

  test('what is no operation of this API is not served', () => {
    expect([...provider.serves]).not.toContain('messages');
  });
});

describe('streams', () => {
  test('a response keeps its events and their names; its last one is held to be the end', async () => {
    answer = (call) => sendStream(call, 'text/event-stream', responseEvents('All is well.'), limitHeaders);
    const frames = await framesOf(provider, callOf('responses', { stream: true }));
    expect(frames.map(({ event }) => event)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.completed',
    ]);
    expect(frames.map(({ text }) => text).join('')).toBe('All is well.');
    expect(frames[0]?.headers).toEqual({ 'x-ratelimit-remaining-requests': '7' });
    expect(frames.map(({ final }) => final === true)).toEqual([false, false, false, false, true]);
    expect(frames.at(-1)?.usage).toEqual({ input: 12, output: 5, cached: 4, cacheWrite: 0, reasoning: 2 });
  });

  test('a response that fails is a failure with the provider’s words', async () => {
    const failed = {
      type: 'response.failed',
      response: { error: { code: 'rate_limit_exceeded', message: 'slow down' } },
    };
    answer = (call) => sendStream(call, 'text/event-stream', [`data: ${JSON.stringify(failed)}\n\n`]);
    await expect(framesOf(provider, callOf('responses', {}))).rejects.toMatchObject({
      code: 'provider.rate-limited',
      details: { original: expect.stringContaining('slow down') },
    });
  });

  test('a whole stream leaves its connection to the next call', async () => {
    answer = (call) => sendStream(call, 'text/event-stream', allOf(openAiWire.pieces('Well.', true)));
    const ports = new Set<number | undefined>();
    for (let index = 0; index < 4; index++) {
      await framesOf(provider, callOf('chat', hello));
      ports.add(server.calls.at(-1)?.response.req.socket.remotePort);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(ports.size).toBe(1);
  });

  test('a stream that says all but [DONE] ends at once, and is not waited for as one without usage is', async () => {
    const { opening, words, finish, usage } = openAiWire.pieces('All is well.', true);
    const ends: string[] = [];
    const streamed = async (name: string, pieces: readonly string[]) => {
      const opened = Promise.withResolvers<void>();
      answer = ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const piece of pieces) response.write(piece);
        opened.resolve();
      };
      const frames = framesOf(provider, callOf('chat', hello)).finally(() => ends.push(name));
      await opened.promise;
      return { frames };
    };
    // It has been waited for all the longer, and still ends later.
    const without = await streamed('without usage', [...opening, ...words, finish]);
    const whole = await streamed('whole', [...opening, ...words, finish, usage]);
    expect((await whole.frames).at(-1)).toMatchObject({ usageOnly: true, usage: { input: 12, output: 5 } });
    await without.frames;
    expect(ends).toEqual(['whole', 'without usage']);
  });

  test('a reader who stops in the middle ends the provider’s work', async () => {
    const { opening, words } = openAiWire.pieces('All is well.', true);
    answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of [...opening, ...words]) response.write(piece);
    };
    for await (const together of provider.stream(callOf('chat', hello)))
      if (together.some(({ text }) => text !== '')) break;
    await server.calls.at(-1)?.gone;
  });

  test.each(['chat', 'responses'] as const)(
    'what came before an error is given, though both came at once: %s',
    async (operation) => {
      const events =
        operation === 'chat'
          ? [{ choices: [{ index: 0, delta: { content: 'All' }, finish_reason: null }] }]
          : ['response.created', 'response.in_progress', 'response.output_text.delta'].map((type) => ({
              type,
              delta: 'All',
            }));
      const failure =
        operation === 'chat'
          ? { error: { message: 'overloaded' } }
          : { type: 'error', message: 'overloaded' };
      answer = ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end([...events, failure].map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
      };
      const texts: string[] = [];
      const reading = async () => {
        for await (const together of provider.stream(callOf(operation, hello)))
          texts.push(...together.map(({ text }) => text));
      };
      await expect(reading()).rejects.toMatchObject({
        code: 'provider.cut-off',
        message: expect.stringContaining('overloaded'),
      });
      expect(texts.join('')).toBe('All');
    },
  );

  test('a caller who leaves ends the provider’s work, and is no failure of its', async () => {
    answer = () => {};
    const leaving = new AbortController();
    const call = framesOf(provider, callOf('chat', hello, { signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 50);
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await server.calls.at(-1)?.gone;
  });

  test('of several answers each ends once, and all must end', async () => {
    const chunk = (index: number, delta: object, finish: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] })}\n\n`;
    const both = [chunk(0, { content: 'a' }, null), chunk(0, {}, 'stop'), chunk(1, { content: 'b' }, null)];
    answer = (call) => sendStream(call, 'text/event-stream', both);
    await expect(framesOf(provider, callOf('chat', { ...hello, n: 2 }))).rejects.toMatchObject({
      code: 'provider.cut-off',
    });
    answer = (call) =>
      sendStream(call, 'text/event-stream', [...both, chunk(0, {}, 'stop'), chunk(1, {}, 'stop')]);
    const frames = await framesOf(provider, callOf('chat', { ...hello, n: 2 }));
    expect(frames).toHaveLength(4);
  });

  test('an answer that comes at once is given as a stream, tool calls included', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
    answer = (one) =>
      sendJson(
        one,
        200,
        JSON.stringify({
          id: 'x',
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: null, tool_calls: [call] },
              finish_reason: 'tool_calls',
            },
          ],
          usage: { prompt_tokens: 3, completion_tokens: 2 },
        }),
      );
    const [first, last] = await framesOf(provider, callOf('chat', hello));
    expect(JSON.parse(first?.json ?? '')).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [{ delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: 'tool_calls' }],
    });
    expect(last).toMatchObject({ usageOnly: true, usage: { input: 3, output: 2 } });
  });

  test('a stream that nobody asked for is given as one answer, tool calls joined', async () => {
    const chunk = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const tool = (more: object) => ({ tool_calls: [{ index: 0, ...more }] });
    answer = (call) =>
      sendStream(call, 'text/event-stream', [
        chunk({ role: 'assistant', content: 'Let me ' }),
        chunk({ content: 'look.' }),
        chunk(tool({ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a"' } })),
        chunk(tool({ function: { arguments: ':1}' } })),
        chunk({}, 'tool_calls'),
        `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })}\n\n`,
        'data: [DONE]\n\n',
      ]);
    const reply = await provider.complete(callOf('chat', hello));
    expect(reply).toMatchObject({ text: 'Let me look.', usage: { input: 3, output: 2 } });
    expect(jsonIn(reply)).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          message: {
            role: 'assistant',
            content: 'Let me look.',
            tool_calls: [{ id: 'call_1', function: { name: 'look', arguments: '{"a":1}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    });
  });

  test('a response that comes at once is given as a stream, and a stream of one unasked as a response', async () => {
    const whole = responseBody('All is well.', 'completed');
    answer = (call) => sendJson(call, 200, JSON.stringify(whole));
    const frames = await framesOf(provider, callOf('responses', { stream: true }));
    expect(frames.map(({ event, text, final }) => [event, text, final])).toEqual([
      ['response.created', '', undefined],
      ['response.completed', 'All is well.', true],
    ]);
    expect(frames.at(-1)?.usage).toMatchObject({ input: 12, output: 5 });
    answer = (call) => sendStream(call, 'text/event-stream', responseEvents('All is well.'));
    const reply = await provider.complete(callOf('responses', {}));
    expect(jsonIn(reply)).toEqual(whole);
    expect(reply).toMatchObject({ text: 'All is well.', usage: { input: 12, output: 5 } });
  });

  test('an error in place of a stream’s first chunk is what it says, later it cuts the stream off', async () => {
    const error = `data: ${JSON.stringify({ error: { message: 'Overloaded', code: 503 } })}\n\n`;
    answer = (call) => sendStream(call, 'text/event-stream', [error]);
    await expect(framesOf(provider, callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.overloaded',
      details: { accepted: false },
    });
    const { opening, words } = openAiWire.pieces('All is well.', true);
    answer = (call) => sendStream(call, 'text/event-stream', [...opening, ...words, error]);
    await expect(framesOf(provider, callOf('chat', hello))).rejects.toMatchObject({
      code: 'provider.cut-off',
      details: { accepted: true, original: expect.stringContaining('Overloaded') },
    });
  });
});

describe('lists of models, as each service words them', () => {
  const listOf = (body: unknown) => {
    answer = (call) => sendJson(call, 200, JSON.stringify(body));
    return provider.models(new AbortController().signal);
  };

  test('OpenAI’s: by name, without what answers in sound and pictures', async () => {
    const models = await listOf({
      data: [
        'gpt-5-mini',
        'text-embedding-3-small',
        'omni-moderation-latest',
        'whisper-1',
        'gpt-image-1',
        'tts-1',
      ].map((id) => ({ id })),
    });
    expect(models.map(({ name, operations }) => [name, ...(operations ?? [])])).toEqual([
      ['gpt-5-mini', 'chat'],
      ['text-embedding-3-small', 'embeddings'],
      ['omni-moderation-latest', 'moderations'],
    ]);
  });

  test('Together’s bare list, Fireworks’ abilities, vLLM’s length, OpenRouter’s parameters', async () => {
    const models = await listOf([
      { id: 'a/chat', type: 'chat', context_length: 131_072 },
      { id: 'a/picture', type: 'image' },
      { id: 'a/order', type: 'rerank' },
      { id: 'fw', supports_tools: true, supports_image_input: true, context_length: 8_192 },
      { id: 'vl', max_model_len: 4_096 },
      {
        id: 'or',
        architecture: { input_modalities: ['text', 'image'] },
        supported_parameters: ['tools', 'logprobs'],
      },
      { no: 'id' },
    ]);
    expect(models.map(({ name }) => name)).toEqual(['a/chat', 'a/order', 'fw', 'vl', 'or']);
    expect(models.map(({ contextTokens }) => contextTokens)).toEqual([
      131_072,
      undefined,
      8_192,
      4_096,
      undefined,
    ]);
    expect([...(models[2]?.capabilities ?? [])]).toEqual(expect.arrayContaining(['tools', 'vision']));
    expect([...(models[4]?.capabilities ?? [])].sort()).toEqual(['logprobs', 'tools', 'vision']);
  });

  test('what is no list is said so', async () => {
    await expect(listOf({ models: 'none' })).rejects.toMatchObject({ code: 'provider.garbage' });
  });
});
