import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagesRequest } from './index.ts';

const user = (content: unknown) => ({ role: 'user', content });
const request = (more: object, model = 'claude-sonnet-4-5') =>
  messagesRequest({ model, max_tokens: 4_096, messages: [user('Hello')], ...more });
const messages = (...list: object[]) => request({ messages: list }).body['messages'];

const look = {
  type: 'function',
  function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
};

test('what systems and developers say stands before the conversation', () => {
  const { body } = request({
    messages: [
      { role: 'system', content: 'Be kind.' },
      user('Hi'),
      { role: 'developer', content: 'Be short.' },
    ],
  });
  expect(body['system']).toEqual([
    { type: 'text', text: 'Be kind.' },
    { type: 'text', text: 'Be short.' },
  ]);
  expect(body['messages']).toEqual([user([{ type: 'text', text: 'Hi' }])]);
});

test('calls of tools and their results are carried, results and what the user adds in one turn', () => {
  expect(
    messages(
      user('Look!'),
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'blue' },
      user('And now?'),
    ),
  ).toEqual([
    user([{ type: 'text', text: 'Look!' }]),
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'c1', name: 'look', input: { at: 'sky' } },
      ],
    },
    user([
      { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'blue' }] },
      { type: 'text', text: 'And now?' },
    ]),
  ]);
});

test('images by URL and by value, and files by value', () => {
  const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'high' } });
  const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,UERG' } };
  expect(
    messages(user([image('https://x.example/a.png'), image('data:image/png;base64,AAAA'), pdf])),
  ).toEqual([
    user([
      { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'UERG' },
        title: 'a.pdf',
      },
    ]),
  ]);
});

test('a beginning of the answer keeps no white space at its end; empty text is left out', () => {
  expect(messages(user('Go'), { role: 'assistant', content: 'Well, \n' })).toEqual([
    user([{ type: 'text', text: 'Go' }]),
    { role: 'assistant', content: [{ type: 'text', text: 'Well,' }] },
  ]);
  expect(messages(user('Go'), { role: 'assistant', content: '' })).toHaveLength(1);
});

test.each([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'any' }],
  [
    { type: 'function', function: { name: 'look' } },
    { type: 'tool', name: 'look' },
  ],
])('tool_choice %j', (choice, expected) => {
  const { body } = request({ tools: [look], tool_choice: choice });
  expect(body['tools']).toEqual([{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }]);
  expect(body['tool_choice']).toEqual(expected);
});

test('one call at a time', () => {
  expect(request({ tools: [look], parallel_tool_calls: false }).body['tool_choice']).toEqual({
    type: 'auto',
    disable_parallel_tool_use: true,
  });
});

test('sampling, stop sequences, the user and the bound', () => {
  const { body } = request({
    max_completion_tokens: 99,
    temperature: 0.5,
    top_p: 0.9,
    stop: 'END',
    user: 'ana',
    service_tier: 'default',
    stream: true,
    n: 1,
    logprobs: false,
  });
  expect(body).toMatchObject({
    max_tokens: 99,
    temperature: 0.5,
    top_p: 0.9,
    stop_sequences: ['END'],
    metadata: { user_id: 'ana' },
    service_tier: 'standard_only',
    stream: true,
  });
});

describe('forms of answers', () => {
  test('a schema is the API’s own', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const { body, jsonTool } = request({
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
    });
    expect(body['output_config']).toEqual({ format: { type: 'json_schema', schema } });
    expect(jsonTool).toBe(false);
  });

  test('free JSON is the input of a tool that must be called', () => {
    const { body, jsonTool } = request({ response_format: { type: 'json_object' } });
    expect(jsonTool).toBe(true);
    expect(body['tool_choice']).toEqual({ type: 'tool', name: 'answer_in_json' });
  });
});

describe('effort', () => {
  test.each([
    ['claude-sonnet-4-5', 'medium', { thinking: { type: 'enabled', budget_tokens: 2_048 } }],
    ['claude-haiku-4-5-20251001', 'low', { thinking: { type: 'enabled', budget_tokens: 2_048 } }],
    ['claude-opus-4-6', 'high', { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['claude-sonnet-5-5', 'minimal', { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    ['claude-sonnet-5', 'none', { thinking: { type: 'disabled' } }],
    ['claude-opus-5-5', 'none', { output_config: { effort: 'low' } }],
  ])('%s, %s', (model, reasoning_effort, expected) => {
    const { thinking, output_config } = request({ reasoning_effort }, model).body;
    expect(JSON.parse(JSON.stringify({ thinking, output_config }))).toEqual(expected);
  });

  test('where the answer is bound too tightly for thinking, there is none', () => {
    expect(request({ reasoning_effort: 'high', max_tokens: 500 }).body['thinking']).toBeUndefined();
  });
});

describe('what cannot be carried is refused by name', () => {
  test.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['seed', { seed: 7 }],
    ['audio', { audio: { voice: 'x' } }],
    ['modalities', { modalities: ['audio'] }],
    ['frequency_penalty', { frequency_penalty: 0.5 }],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['functions', { functions: [{}] }],
    ['store', { store: true }],
    ['web_search_options', { web_search_options: {} }],
    ['some_field_of_next_year', { some_field_of_next_year: 1 }],
    ['temperature', { temperature: 1.5 }],
    ['service_tier', { service_tier: 'flex' }],
    ['response_format', { response_format: { type: 'json_object' }, tools: [look] }],
    ['tools[0]', { tools: [{ type: 'custom', custom: {} }] }],
    ['tool_choice', { tools: [look], tool_choice: { type: 'allowed_tools' } }],
    ['messages[0].content[0]', { messages: [user([{ type: 'input_audio', input_audio: {} }])] }],
    ['messages[0].content[0]', { messages: [user([{ type: 'file', file: { file_id: 'f' } }])] }],
    ['messages[0].role', { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
    [
      'messages[0].tool_calls[0].function.arguments',
      {
        messages: [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{' } }] }],
      },
    ],
  ])('%s', (param, more) => {
    expect(() => request(more)).toThrow(
      expect.objectContaining({ code: 'request.unsupported', fields: { param } }),
    );
  });
});

test('whatever is said in a conversation is carried over, in order, and no side speaks twice in a row', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const turn = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'assistant', 'system', 'developer'), content: word }),
    fc.record({ role: fc.constant('tool'), content: word, tool_call_id: word }),
  );
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (list) => {
      const { body } = request({ messages: list });
      const turns = body['messages'] as { role: string; content: object[] }[];
      expect(turns.every(({ role }, index) => role !== turns[index - 1]?.role)).toBe(true);
      const said = [...JSON.stringify([body['system'] ?? [], turns]).matchAll(/"text":"([a-z]+)"/g)];
      const first = (role: string) => role === 'system' || role === 'developer';
      const expected = [
        ...list.filter(({ role }) => first(role)),
        ...list.filter(({ role }) => !first(role)),
      ];
      expect(said.map(([, text]) => text)).toEqual(expected.map(({ content }) => content));
    }),
  );
});
