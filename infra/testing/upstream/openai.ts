import { chunkOf, completionBody, usageOf } from '../upstream.ts';
import { scriptedTokens, type WireDialect, wordsIn } from './dialect.ts';

const used = usageOf(scriptedTokens.input, scriptedTokens.output);

/** OpenAI's chat completions. */
export const openAiWire: WireDialect = {
  path: '/v1/chat/completions',
  streamType: 'text/event-stream',
  whole: (text, usage) => completionBody(text, usage ? used : undefined),
  pieces: (text, usage) => ({
    opening: [chunkOf({ role: 'assistant', content: '' })],
    words: wordsIn(text).map((content) => chunkOf({ content })),
    finish: chunkOf({}, 'stop'),
    usage: usage
      ? `data: ${JSON.stringify({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices: [], usage: used })}\n\n`
      : '',
    end: 'data: [DONE]\n\n',
  }),
  error: (status, message) =>
    JSON.stringify({ error: { message, type: 'scripted', param: null, code: `scripted_${status}` } }),
  nonsense: 'data: {"broken\n\n',
  aside: (path, models) =>
    path === '/v1/models'
      ? JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) })
      : undefined,
};

const event = (type: string, more: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

export const responseBody = (text: string, status: 'in_progress' | 'completed') => ({
  id: 'resp_test',
  object: 'response',
  created_at: 1_700_000_000,
  status,
  model: 'scripted',
  output:
    status === 'completed'
      ? [
          {
            type: 'message',
            id: 'msg_test',
            status,
            role: 'assistant',
            content: [{ type: 'output_text', text, annotations: [] }],
          },
        ]
      : [],
  usage:
    status === 'completed'
      ? {
          input_tokens: 12,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: 5,
          output_tokens_details: { reasoning_tokens: 2 },
          total_tokens: 17,
        }
      : null,
});

/** The events of a streamed response. */
export const responseEvents = (text: string): readonly string[] => [
  event('response.created', { sequence_number: 0, response: responseBody(text, 'in_progress') }),
  ...wordsIn(text).map((delta, index) =>
    event('response.output_text.delta', {
      sequence_number: index + 1,
      item_id: 'msg_test',
      output_index: 0,
      content_index: 0,
      delta,
    }),
  ),
  event('response.completed', { sequence_number: 99, response: responseBody(text, 'completed') }),
];
