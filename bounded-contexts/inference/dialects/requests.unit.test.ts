import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DaybookError } from '../../../schemas/errors.ts';
import { completions } from './completions/index.ts';
import { nativeEmbeddings } from './embeddings/index.ts';
import { estimatedTokens } from './messages/estimate.ts';
import { messages } from './messages/index.ts';
import { continued } from './responses/continued.ts';
import { nativeResponses, responses } from './responses/index.ts';
import type { Json } from './translation.ts';

const about = {
  invocation: '01900000-0000-7000-8000-000000000000',
  model: 'test/model',
  created: 1_700_000_000,
  request: {},
};

/** All text that a chat request holds, in order. */
const textsIn = (body: Record<string, unknown>): string[] =>
  (body['messages'] as { content: unknown }[]).flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : Array.isArray(content)
        ? content.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
        : [],
  );

const text = fc.string({ minLength: 1, maxLength: 20 });

describe('no text of a conversation is lost on the way', () => {
  test('from Messages', () => {
    const turn = fc.record({
      role: fc.constantFrom('user', 'assistant'),
      content: fc.oneof(
        text,
        fc.array(
          text.map((one) => ({ type: 'text', text: one })),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    });
    fc.assert(
      fc.property(text, fc.array(turn, { minLength: 1, maxLength: 6 }), (system, turns) => {
        const chat = messages.request({ model: 'm', system, messages: turns });
        const said = turns.flatMap(({ content }) =>
          typeof content === 'string' ? content : content.map((block) => block.text).join(''),
        );
        expect(textsIn(chat).join('')).toBe(system + said.join(''));
      }),
    );
  });

  test('from Responses', () => {
    const item = fc.record({
      role: fc.constantFrom('user', 'assistant', 'developer'),
      content: fc.oneof(
        text,
        fc.array(
          text.map((one) => ({ type: 'input_text', text: one })),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    });
    fc.assert(
      fc.property(text, fc.array(item, { minLength: 1, maxLength: 6 }), (instructions, input) => {
        const chat = responses.request({ model: 'm', instructions, input });
        const said = input.flatMap(({ content }) =>
          typeof content === 'string' ? content : content.map((part) => part.text).join(''),
        );
        expect(textsIn(chat).join('')).toBe(instructions + said.join(''));
      }),
    );
  });
});

const refusal = (attempt: () => unknown): unknown => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DaybookError) return [error.code, error.fields['param']];
  }
  return undefined;
};

describe('what chat has no place for is refused by its name', () => {
  const message = (block: Json) => ({ model: 'm', messages: [{ role: 'user', content: [block] }] });
  test.each<[string, Json]>([
    ['top_k', { top_k: 3, messages: [] }],
    ['mcp_servers', { mcp_servers: [], messages: [] }],
    ['output_config.task_budget', { output_config: { task_budget: {} }, messages: [] }],
    ['tools[0]', { tools: [{ type: 'computer_20250124', name: 'computer' }], messages: [] }],
    ['messages[0].content[0]', message({ type: 'container_upload', file_id: 'f' })],
    ['messages[0].content[0].source', message({ type: 'image', source: { type: 'file', file_id: 'f' } })],
    ['messages[0].content[0].source', message({ type: 'document', source: { type: 'url', url: 'u' } })],
  ])('of Messages: %s', (param, body) => {
    expect(refusal(() => messages.request(body))).toEqual(['request.unsupported', param]);
  });

  test.each<[string, Json]>([
    ['moderation', { moderation: {}, input: 'x' }],
    ['tools[0]', { tools: [{ type: 'mcp' }], input: 'x' }],
    ['tool_choice', { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'mcp' }, input: 'x' }],
    ['input[0]', { input: [{ type: 'computer_call' }] }],
    ['input[0]', { input: [{ type: 'reasoning', encrypted_content: 'x' }] }],
    ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }],
  ])('of Responses: %s', (param, body) => {
    expect(refusal(() => responses.request(body))).toEqual(['request.unsupported', param]);
  });

  test('of Completions: a field that nobody knows', () => {
    expect(refusal(() => completions.request({ prompt: 'x', mystery: 1 }))).toEqual([
      'request.unsupported',
      'mystery',
    ]);
  });
});

describe('tools and their results', () => {
  test('results come first, with nothing but text; their pictures follow', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    const body = {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'seen' }, image] },
            { type: 'tool_result', tool_use_id: 'b', content: 'gone', is_error: true },
            { type: 'text', text: 'Well?' },
          ],
        },
      ],
    };
    expect(messages.request(body)['messages']).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'seen' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: gone' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Part of the result of a:' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'text', text: 'Well?' },
        ],
      },
    ]);
  });

  test('calls of one turn are one message of the assistant', () => {
    const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
    const input = [
      { role: 'assistant', content: 'Both.' },
      call('a'),
      call('b'),
      { type: 'function_call_output', call_id: 'a', output: 'x' },
    ];
    expect(responses.request({ input })['messages']).toMatchObject([
      { role: 'assistant', content: 'Both.', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ]);
  });
});

describe('a provider that speaks Responses itself', () => {
  const earlier = {
    request: { input: 'one' },
    response: {
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'secret' },
        { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [] },
      ],
    },
  };
  const body = continued(
    { model: 'm', input: 'two', previous_response_id: 'resp_1', reasoning: {} },
    earlier,
  );

  test('keeps nothing, and is told all that went before without ids of its own', () => {
    expect(nativeResponses.request(body)).toEqual({
      model: 'm',
      store: false,
      reasoning: {},
      include: ['reasoning.encrypted_content'],
      input: [
        { type: 'message', role: 'user', content: 'one' },
        { type: 'reasoning', summary: [], encrypted_content: 'secret' },
        { type: 'message', role: 'assistant', content: [] },
        { type: 'message', role: 'user', content: 'two' },
      ],
    });
  });

  test('over chat the same conversation goes on without the thoughts', () => {
    expect(responses.request(body)['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user', content: 'two' },
    ]);
  });

  test('its answers bear ids of ours, whole or streamed; other events pass as they are', () => {
    const asked = { ...about, request: body };
    const ours = { id: `resp_${about.invocation}`, previous_response_id: 'resp_1', store: true };
    const whole = nativeResponses.answer(Buffer.from('{"id":"resp_x","output":[]}'), asked);
    expect(JSON.parse(Buffer.from(whole).toString())).toEqual({ ...ours, output: [] });
    const stream = nativeResponses.stream(asked);
    const frame = (json: string) => ({ json, text: '', usageOnly: false, final: true });
    const [created] = stream.push(frame('{"type":"response.completed","response":{"id":"resp_x"}}'));
    expect(JSON.parse(created?.json ?? '')).toEqual({ type: 'response.completed', response: ours });
    expect(created?.final).toBe(true);
    const delta = frame('{"type":"response.output_text.delta","delta":"\\"response\\":"}');
    expect(stream.push(delta)).toEqual([delta]);
  });
});

test('embeddings come in the form that was asked for, and untouched where they already have it', () => {
  const floats = { data: [{ embedding: [0.5, -1, 0] }], model: 'm' };
  const bytes = Buffer.from(JSON.stringify(floats));
  const asked = { ...about, request: { encoding_format: 'base64' } };
  expect(nativeEmbeddings.answer(bytes, about)).toBe(bytes);
  const base64 = nativeEmbeddings.answer(bytes, asked);
  expect(JSON.parse(Buffer.from(base64).toString()).data[0].embedding).toBe('AAAAPwAAgL8AAAAA');
  expect(nativeEmbeddings.answer(base64, asked)).toBe(base64);
  expect(JSON.parse(Buffer.from(nativeEmbeddings.answer(base64, about)).toString())).toEqual(floats);
});

describe('the estimate of tokens', () => {
  const count = (content: string) => estimatedTokens({ messages: [{ role: 'user', content }] });

  test('is about three quarters of a word a token for prose', () => {
    const prose = 'The number that a budget enforces is the ledger, and anyone can check it. '.repeat(20);
    const wordsOf = prose.split(' ').length;
    expect(count(prose)).toBeGreaterThan(wordsOf);
    expect(count(prose)).toBeLessThan(wordsOf * 1.5);
  });

  test('never shrinks when text is added, and stays below the bytes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, more) => {
        expect(count(`${one} ${more}`)).toBeGreaterThanOrEqual(count(one));
        expect(count(one)).toBeLessThanOrEqual(Buffer.byteLength(one) + 4);
      }),
    );
  });
});
