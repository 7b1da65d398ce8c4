import { scriptedTokens, type WireDialect, wordsIn } from './dialect.ts';

/** An event of a streamed message. */
export const messageEvent = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

export const messageBody = (content: readonly object[], more: object = {}): object => ({
  id: 'msg_test',
  type: 'message',
  role: 'assistant',
  model: 'scripted',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: scriptedTokens.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: scriptedTokens.output,
  },
  ...more,
});

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's messages. */
export const anthropicWire: WireDialect = {
  path: '/v1/messages',
  streamType: 'text/event-stream; charset=utf-8',
  whole: (text, usage) =>
    JSON.stringify(messageBody([{ type: 'text', text }], usage ? {} : { usage: undefined })),
  pieces: (text, usage) => ({
    opening: [
      messageEvent('message_start', {
        message: messageBody([], {
          stop_reason: null,
          usage: usage ? { input_tokens: scriptedTokens.input, output_tokens: 1 } : undefined,
        }),
      }),
      messageEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      messageEvent('ping'),
    ],
    words: wordsIn(text).map((word) =>
      messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } }),
    ),
    finish:
      messageEvent('content_block_stop', { index: 0 }) +
      messageEvent('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        ...(usage ? { usage: { output_tokens: scriptedTokens.output } } : {}),
      }),
    usage: '',
    end: messageEvent('message_stop'),
  }),
  error: (status, message) =>
    JSON.stringify({
      type: 'error',
      error: { type: errorTypes[status] ?? 'api_error', message },
      request_id: 'req_test',
    }),
  nonsense: 'event: content_block_delta\ndata: {"type":"content_bl\n\n',
  aside: (path, models) =>
    path.startsWith('/v1/models')
      ? JSON.stringify({
          data: models.map((id) => ({
            id,
            type: 'model',
            display_name: id,
            created_at: '2026-01-01T00:00:00Z',
          })),
          has_more: false,
        })
      : undefined,
};
