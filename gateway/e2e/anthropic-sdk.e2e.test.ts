import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callsTool, callsToolOnce, streamed, thinks } from '../../infra/testing/chat-scripts.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: Anthropic;

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: answers('All is well here.', usageOf(12, 5)),
    tools: callsTool('weather', { city: 'Lisbon', days: 2 }),
    thinks,
    runner: callsToolOnce('weather', { city: 'Lisbon' }, 'It is sunny.'),
    long: streamed([{ content: 'cut by the bound' }], 'length'),
  });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2, operations: [chat, embeddings, rerank, moderations] }
models:
${[...upstream.scripts.keys()].map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`).join('\n')}
`,
  });
  client = new Anthropic({ apiKey: testAdminKey, baseURL: running.url, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user' as const, content: 'How are you?' }];
const asked = { max_tokens: 100, messages };

const sent = (model: string) => upstream.calls.findLast((call) => call.model === model)?.body;

describe('messages', () => {
  test('a whole message, with usage, a request id and what it cost', async () => {
    const { data, response, request_id } = await client.messages
      .create({
        ...asked,
        model: 'test/good',
        system: 'Be brief.',
        stop_sequences: ['END'],
      })
      .withResponse();
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'test/good',
      content: [{ type: 'text', text: 'All is well here.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 5 },
    });
    expect(data.id).toBe(`msg_${response.headers.get('daybook-invocation-id')}`);
    expect(request_id).toMatch(/^req_/);
    expect(response.headers.get('daybook-cost-usd')).toBe('0.000062');
    expect(sent('good')).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How are you?' },
      ],
      stop: ['END'],
      max_tokens: 100,
    });
  });

  test('it is recorded as a call of messages, for the user that its metadata names', async () => {
    const { response } = await client.messages
      .create({ ...asked, model: 'test/good', metadata: { user_id: 'ana' } })
      .withResponse();
    const id = response.headers.get('daybook-invocation-id');
    const one = await running.json<{ user: string; answer: string; prompt: string }>(
      `/api/v1/invocations/${id}?after=${response.headers.get('daybook-position')}`,
    );
    expect(one).toMatchObject({ user: 'ana', answer: 'All is well here.' });
    expect(JSON.parse(one.prompt)).toMatchObject({ max_tokens: 100, messages });
  });

  test('a key is taken as Bearer, too', async () => {
    const bearer = new Anthropic({ apiKey: null, authToken: testAdminKey, baseURL: running.url });
    const answer = await bearer.messages.create({ ...asked, model: 'test/good' });
    expect(answer.stop_reason).toBe('end_turn');
  });

  test('a stream has the events of Anthropic in their order, and the helper adds them up', async () => {
    const names: string[] = [];
    let text = '';
    const stream = client.messages
      .stream({ ...asked, model: 'test/good' })
      .on('streamEvent', ({ type }) => names.push(type))
      .on('text', (more) => {
        text += more;
      });
    const message = await stream.finalMessage();
    expect(text).toBe('All is well here.');
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'All is well here.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 12, output_tokens: 5 },
    });
    expect(stream.request_id).toMatch(/^req_/);
    expect(names.filter((name) => name !== 'content_block_delta')).toEqual([
      'message_start',
      'content_block_start',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('the bytes of a stream: named events, a ping, and what it cost in a comment', async () => {
    const response = await running.fetch('/v1/messages', {
      method: 'POST',
      body: { ...asked, model: 'test/good', stream: true },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = await response.text();
    const events = [...text.matchAll(/^event: (\S+)\ndata: (.*)$/gm)].map(([, name, json]) => {
      expect(JSON.parse(json ?? '').type).toBe(name);
      return name;
    });
    expect(events.slice(0, 3)).toEqual(['message_start', 'ping', 'content_block_start']);
    expect(text).toMatch(/event: message_stop\n.*\n\n: Daybook-Cost-Usd: 0\.000062\n/);
    expect(text).not.toContain('[DONE]');
  });

  test('a bound that is reached is said', async () => {
    const message = await client.messages.stream({ ...asked, model: 'test/long' }).finalMessage();
    expect(message.stop_reason).toBe('max_tokens');
  });
});

describe('tools, pictures, documents, thinking', () => {
  const tools: Anthropic.Tool[] = [
    {
      name: 'weather',
      description: 'The weather',
      input_schema: { type: 'object', properties: { city: { type: 'string' } } },
    },
  ];

  test('a tool is called, its input whole, and its result is taken back', async () => {
    const first = await client.messages.create({ ...asked, model: 'test/tools', tools });
    expect(first.stop_reason).toBe('tool_use');
    const use = first.content.find((block) => block.type === 'tool_use');
    expect(use).toMatchObject({ id: 'call_1', name: 'weather', input: { city: 'Lisbon', days: 2 } });
    await client.messages.create({
      max_tokens: 50,
      model: 'test/good',
      tools,
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      messages: [
        ...messages,
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'sunny' }] },
            { type: 'text', text: 'So?' },
          ],
        },
      ],
    });
    expect(sent('good')).toMatchObject({
      tool_choice: 'required',
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: 'Let me see.',
          tool_calls: [{ id: 'call_1', function: { arguments: '{"city":"Lisbon","days":2}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
        { role: 'user', content: 'So?' },
      ],
    });
  });

  test('a streamed tool call grows by its JSON', async () => {
    const pieces: string[] = [];
    const message = await client.messages
      .stream({ ...asked, model: 'test/tools', tools })
      .on('inputJson', (piece) => pieces.push(piece))
      .finalMessage();
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe('{"city":"Lisbon","days":2}');
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', input: { city: 'Lisbon', days: 2 } },
    ]);
  });

  test('the tool runner of the client goes round until there is an answer', async () => {
    const cities: string[] = [];
    const final = await client.beta.messages.toolRunner({
      model: 'test/runner',
      max_tokens: 100,
      messages,
      tools: [
        betaZodTool({
          name: 'weather',
          description: 'The weather',
          inputSchema: z.object({ city: z.string() }),
          run: ({ city }) => {
            cities.push(city);
            return 'sunny';
          },
        }),
      ],
    });
    expect(cities).toEqual(['Lisbon']);
    expect(final.content).toMatchObject([{ type: 'text', text: 'It is sunny.' }]);
  });

  test('pictures and documents reach the model', async () => {
    await client.messages.create({
      model: 'test/good',
      max_tokens: 50,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            {
              type: 'document',
              title: 'Notes',
              source: { type: 'text', media_type: 'text/plain', data: 'the notes' },
            },
            { type: 'text', text: 'What is it?', cache_control: { type: 'ephemeral' } },
          ],
        },
      ],
    });
    expect(sent('good')?.['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'text', text: 'Notes' },
          { type: 'text', text: 'the notes' },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ]);
  });

  test('thinking is shown to those who asked for it', async () => {
    const plain = await client.messages.create({ ...asked, model: 'test/thinks' });
    expect(plain.content.map(({ type }) => type)).toEqual(['text']);
    const thinking = { type: 'enabled', budget_tokens: 2048 } as const;
    const message = await client.messages
      .stream({ ...asked, max_tokens: 4096, model: 'test/thinks', thinking })
      .finalMessage();
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hmm, well.' },
      { type: 'text', text: 'Yes.' },
    ]);
    expect(sent('thinks')).toMatchObject({ reasoning_effort: 'low' });
  });

  test.each([
    ['top_k', { top_k: 5 }],
    ['tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      'messages[0].content[0].citations',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'document',
                citations: { enabled: true },
                source: { type: 'text', media_type: 'text/plain', data: 'x' },
              },
            ],
          },
        ],
      },
    ],
    [
      'messages[1].content[0]',
      {
        messages: [
          ...messages,
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'abc' }] },
        ],
      },
    ],
    ['container', { container: 'c1' }],
  ])('%s cannot be carried over, and is refused by its name', async (name, more) => {
    const before = upstream.calls.length;
    const response = await running.fetch('/v1/messages', {
      method: 'POST',
      body: { ...asked, model: 'test/good', ...more },
    });
    const body = (await response.json()) as { error: { type: string; message: string } };
    expect([response.status, body.error.type]).toEqual([400, 'invalid_request_error']);
    expect(body.error.message.startsWith(`${name}: `)).toBe(true);
    expect(upstream.calls.length).toBe(before);
  });
});

describe('around messages', () => {
  test('tokens are estimated where the provider does not count, and that is said', async () => {
    const { data, response } = await client.messages
      .countTokens({ model: 'test/good', messages, system: 'Be brief.' })
      .withResponse();
    expect(data.input_tokens).toBeGreaterThan(5);
    expect(data.input_tokens).toBeLessThan(20);
    expect(response.headers.get('daybook-token-count')).toBe('estimate');
    await expect(client.messages.countTokens({ model: 'none', messages })).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    );
  });

  test('models are listed in pages, as Anthropic has them', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 3 })) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['test/good', 'test/long', 'builtin/extractive']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(await client.models.retrieve('test/good')).toMatchObject({ type: 'model', id: 'test/good' });
  });
});
