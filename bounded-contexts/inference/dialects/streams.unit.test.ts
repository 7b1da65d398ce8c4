import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../ports.ts';
import { completions } from './completions/index.ts';
import { messages } from './messages/index.ts';
import { responses } from './responses/index.ts';
import type { AnswerAbout, Json, Translation } from './translation.ts';

const about: AnswerAbout = {
  invocation: '01900000-0000-7000-8000-000000000000',
  model: 'test/model',
  created: 1_700_000_000,
  request: { thinking: { type: 'enabled', budget_tokens: 1024 } },
};
const usage = { input: 11, output: 7, cached: 3, cacheWrite: 2, reasoning: 1 };

interface Said {
  readonly reasoning: string;
  readonly text: string;
  readonly tools: readonly { name: string; args: string }[];
}

const frameOf = (delta: Json, finish: string | null = null): Frame => ({
  json: JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] }),
  text: '',
  usageOnly: false,
});

/** Cuts `text` at the given places, halves of characters included: a chunk is a JSON string, not bytes. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...at, text.length].map((end, n) => text.slice(n === 0 ? 0 : (at[n - 1] ?? 0), end));
}

const words = fc.string({ unit: 'binary', maxLength: 40 });
const places = fc.array(fc.nat(200), { maxLength: 6 });
const object = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 3,
  noNullPrototype: true,
});
const tool = fc.record({
  name: fc.stringMatching(/^[a-z_]{1,12}$/),
  args: object.map((one) => JSON.stringify(one)),
});
const said: fc.Arbitrary<Said> = fc.record({
  reasoning: words,
  text: words,
  tools: fc.array(tool, { maxLength: 3 }),
});

const toolPiece = (index: number, more: Json): Json => ({ tool_calls: [{ index, ...more }] });

/** The frames of an answer, its tool calls' pieces in the order that `turns` picks them. */
function framesOf(
  { reasoning, text, tools }: Said,
  cuts: readonly number[],
  turns: readonly number[],
): Frame[] {
  const queues = tools.map(({ name, args }, index) => [
    toolPiece(index, { id: `call_${index}`, type: 'function', function: { name, arguments: '' } }),
    ...cut(args, cuts).map((piece) => toolPiece(index, { function: { arguments: piece } })),
  ]);
  const pieces: Json[] = [];
  let turn = 0;
  // Calls begin in order, whoever goes on afterwards.
  for (const queue of queues) pieces.push(...queue.splice(0, 1));
  while (queues.some((queue) => queue.length > 0)) {
    const open = queues.filter((queue) => queue.length > 0);
    const queue = open[(turns[turn++ % Math.max(1, turns.length)] ?? 0) % open.length];
    pieces.push(...(queue?.splice(0, 1) ?? []));
  }
  return [
    frameOf({ role: 'assistant', content: '' }),
    ...cut(reasoning, cuts).map((piece) => frameOf({ reasoning_content: piece })),
    ...cut(text, cuts).map((piece) => frameOf({ content: piece })),
    ...pieces.map((piece) => frameOf(piece)),
    frameOf({}, tools.length > 0 ? 'tool_calls' : 'stop'),
  ];
}

const wholeOf = ({ reasoning, text, tools }: Said): Json => ({
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: text,
        reasoning_content: reasoning,
        tool_calls: tools.map(({ name, args }, index) => ({
          id: `call_${index}`,
          type: 'function',
          function: { name, arguments: args },
        })),
      },
      finish_reason: tools.length > 0 ? 'tool_calls' : 'stop',
    },
  ],
  usage: {
    prompt_tokens: 11,
    completion_tokens: 7,
    prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 1 },
  },
});

function streamedBy(translation: Translation, frames: readonly Frame[]): Frame[] {
  const stream = translation.stream(about);
  return [...frames.flatMap((frame) => stream.push(frame)), ...stream.end(usage)];
}

interface Event {
  type: string;
  index: number;
  message: Record<string, unknown>;
  content_block: Record<string, unknown>;
  delta: Record<string, string>;
  usage: unknown;
  sequence_number: number;
  output_index: number;
  item_id: string;
  item: Record<string, unknown>;
  response: Record<string, unknown>;
}
const eventsOf = (frames: readonly Frame[]): Event[] => frames.map(({ json }) => JSON.parse(json));

/** Adds Anthropic's events up as their clients do, checking the order that they rely on. */
function messageFrom(events: readonly Event[]): Json {
  const content: Record<string, unknown>[] = [];
  const json: string[] = [];
  let open = false;
  let message: Json = {};
  for (const [at, event] of events.entries()) {
    switch (event.type) {
      case 'message_start':
        expect(at).toBe(0);
        message = event.message;
        break;
      case 'content_block_start':
        expect([open, event.index]).toEqual([false, content.length]);
        content.push({ ...event.content_block });
        json.push('');
        open = true;
        break;
      case 'content_block_delta': {
        expect([open, event.index]).toEqual([true, content.length - 1]);
        const block = content[event.index] ?? {};
        if (event.delta['type'] === 'text_delta') block['text'] += event.delta['text'] ?? '';
        if (event.delta['type'] === 'thinking_delta') block['thinking'] += event.delta['thinking'] ?? '';
        if (event.delta['type'] === 'input_json_delta')
          json[event.index] += event.delta['partial_json'] ?? '';
        break;
      }
      case 'content_block_stop': {
        expect([open, event.index]).toEqual([true, content.length - 1]);
        const block = content[event.index] ?? {};
        if (block['type'] === 'tool_use') block['input'] = JSON.parse(json[event.index] || '{}');
        open = false;
        break;
      }
      case 'message_delta':
        expect(open).toBe(false);
        message = { ...message, ...event.delta, usage: event.usage };
        break;
      case 'message_stop':
        expect(at).toBe(events.length - 1);
        break;
      default:
        expect(event.type).toBe('ping');
    }
  }
  return { ...message, content };
}

describe('an answer in pieces is the answer as a whole', () => {
  test('as a message, wherever it is cut and however its tool calls are interleaved', () => {
    fc.assert(
      fc.property(said, places, places, (one, cuts, turns) => {
        const frames = streamedBy(messages, framesOf(one, cuts, turns));
        expect(messageFrom(eventsOf(frames))).toEqual(messages.answer(wholeOf(one), about));
        expect(frames.filter(({ final }) => final)).toEqual([frames.at(-1)]);
        expect(frames.map(({ text }) => text).join('')).toBe(one.text);
      }),
    );
  });

  test('as a response, its events numbered, each item begun, grown and ended', () => {
    fc.assert(
      fc.property(said, places, places, (one, cuts, turns) => {
        const frames = streamedBy(responses, framesOf(one, cuts, turns));
        const events = eventsOf(frames);
        expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
        const response = events.at(-1)?.response ?? {};
        const { completed_at: _a, ...streamed } = response;
        const { completed_at: _b, ...whole } = responses.answer(wholeOf(one), about);
        expect(streamed).toEqual(whole);
        const grown = new Map<number, string>();
        let open: number | undefined;
        for (const { type, output_index: index, delta, item } of events) {
          if (type === 'response.output_item.added') {
            expect([open, index]).toEqual([undefined, grown.size]);
            open = index;
            grown.set(index, '');
          } else if (type.endsWith('.delta')) {
            expect(open).toBe(index);
            grown.set(index, (grown.get(index) ?? '') + String(delta));
          } else if (type === 'response.output_item.done') {
            const [part] = Array.isArray(item['content']) ? item['content'] : [];
            expect(grown.get(index)).toBe(item['arguments'] ?? part?.text);
            open = undefined;
          }
        }
        expect(frames.map(({ text }) => text).join('')).toBe(one.text);
      }),
    );
  });

  test('as a completion, for each of its choices', () => {
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 3 }),
        places,
        fc.boolean(),
        (texts, cuts, echo) => {
          const asked = { ...about, request: { prompt: 'Before: ', echo } };
          const stream = completions.stream(asked);
          const frames = texts
            .flatMap((text, index) => cut(text, cuts).map((content) => ({ index, delta: { content } })))
            .concat(texts.map((_, index) => ({ index, delta: { content: '' }, finish_reason: 'stop' })))
            .flatMap((choice) =>
              stream.push({ ...frameOf({}), json: JSON.stringify({ choices: [choice] }) }),
            );
          const whole = completions.answer(
            {
              choices: texts.map((content, index) => ({
                index,
                message: { content },
                finish_reason: 'stop',
              })),
            },
            asked,
          );
          const got = texts.map(() => '');
          for (const { json } of frames) {
            const [choice] = JSON.parse(json).choices;
            got[choice.index] += choice.text;
          }
          expect(whole['choices']).toMatchObject(got.map((text, index) => ({ text, index })));
        },
      ),
    );
  });
});

describe('odd streams', () => {
  test('an answer of nothing is still begun and ended', () => {
    expect(eventsOf(streamedBy(messages, [])).map(({ type }) => type)).toEqual([
      'message_start',
      'ping',
      'message_delta',
      'message_stop',
    ]);
    expect(eventsOf(streamedBy(responses, [])).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.completed',
    ]);
  });

  test('a chunk that names a role and says nothing begins nothing: another provider may still answer', () => {
    for (const translation of [messages, responses, completions])
      expect(translation.stream(about).push(frameOf({ role: 'assistant', content: '' }))).toEqual([]);
  });

  test('text that goes on after a tool call is a block of its own', () => {
    const frames = [
      frameOf({ content: 'a' }),
      frameOf(toolPiece(0, { id: 'c', function: { name: 'f', arguments: '{}' } })),
      frameOf({ content: 'b' }),
      frameOf({}, 'tool_calls'),
    ];
    const { content } = messageFrom(eventsOf(streamedBy(messages, frames))) as { content: Json[] };
    expect(content.map(({ type }) => type)).toEqual(['text', 'tool_use', 'text']);
  });

  test('a whole tool call in one chunk, without an index and with an object, is understood', () => {
    const call = { id: 'c', function: { name: 'f', arguments: { x: 1 } } };
    const frames = [frameOf({ tool_calls: [call] }), frameOf({}, 'stop')];
    expect(messageFrom(eventsOf(streamedBy(messages, frames)))).toMatchObject({
      content: [{ type: 'tool_use', input: { x: 1 } }],
    });
  });

  test('a call without arguments has empty ones, and one without an id gets one', () => {
    const frames = [frameOf(toolPiece(0, { function: { name: 'f' } })), frameOf({}, 'tool_calls')];
    const [item] = (eventsOf(streamedBy(responses, frames)).at(-1)?.response['output'] ?? []) as Json[];
    expect(item).toMatchObject({ arguments: '{}', call_id: `call_${about.invocation}_0` });
  });

  test('what a bound has cut off is said to be incomplete', () => {
    const frames = [frameOf({ content: 'so far' }), frameOf({}, 'length')];
    expect(eventsOf(streamedBy(responses, frames)).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ status: 'incomplete' }],
      },
    });
  });

  test.each([
    ['stop', undefined, 'end_turn', null],
    ['stop', 'END', 'stop_sequence', 'END'],
    ['length', undefined, 'max_tokens', null],
    ['tool_calls', undefined, 'tool_use', null],
    ['content_filter', undefined, 'refusal', null],
  ])('%s (%s) is %s to Anthropic’s clients', (finish_reason, stop_reason, expected, sequence) => {
    const completion = { choices: [{ message: { content: 'x' }, finish_reason, stop_reason }] };
    expect(messages.answer(completion, about)).toMatchObject({
      stop_reason: expected,
      stop_sequence: sequence,
    });
  });

  test('cached input is counted beside the rest by Anthropic, within it by OpenAI', () => {
    const completion = wholeOf({ reasoning: '', text: 'x', tools: [] });
    expect(messages.answer(completion, about)['usage']).toEqual({
      input_tokens: 6,
      output_tokens: 7,
      cache_creation_input_tokens: 2,
      cache_read_input_tokens: 3,
    });
    expect(responses.answer(completion, about)['usage']).toMatchObject({
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3 },
    });
  });
});
