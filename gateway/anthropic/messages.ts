import type { Frame } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type MessagesRequest, messagesRequest } from '../../schemas/http/messages.ts';
import type { Capability } from '../../schemas/primitives.ts';
import { validate } from '../shared/json-body.ts';
import { anthropicRateHeaders } from '../shared/rate-headers.ts';
import type { AskedFor, Surface } from '../shared/surface.ts';
import { anthropicError } from './errors.ts';

/** `POST /v1/messages`. */
export const messages: Surface = {
  operation: 'messages',
  requestIdHeader: 'request-id',
  headersSentOn: ['anthropic-version', 'anthropic-beta'],
  parse(json) {
    const body = validate(messagesRequest, json);
    // A thread lives at one provider, and an answer may come from another one each time.
    if (body['thread'] != null)
      throw new DaybookError('request.unsupported', 'thread: send the whole conversation.', {
        param: 'thread',
      });
    return {
      model: body.model,
      streamed: body.stream === true,
      wantsUsageFrame: false,
      maxTokens: body.max_tokens,
      maxTokensField: 'max_tokens',
      choices: 1,
      user: body.metadata?.user_id ?? undefined,
      ...contentsOf(body),
    };
  },
  error: anthropicError,
  rateHeaders: anthropicRateHeaders,
  sse: ({ event, json }: Frame) => `event: ${event ?? 'message'}\ndata: ${json}\n\n`,
  done: '',
  sseError: (thrown, requestId) =>
    `event: error\ndata: ${JSON.stringify(anthropicError(thrown, requestId).body)}\n\n`,
};

/** What a document that is only named may be read as, counted in pictures: its bytes are not in the body. */
const picturesOfADocument = 12;

type Content = NonNullable<MessagesRequest['system']>;

function contentsOf(body: MessagesRequest): Pick<AskedFor, 'messages' | 'images' | 'promptChars' | 'needs'> {
  let images = 0;
  let named = 0;
  let promptChars = 0;
  const read = (content: Content) => {
    if (typeof content === 'string') {
      promptChars += content.length;
      return;
    }
    for (const block of content) {
      if (block.type === 'text') promptChars += block.text?.length ?? 0;
      else if (block.type === 'image') images++;
      else if (block.type === 'tool_result') readResult(block['content']);
      else if (block.type === 'document' && isNamed(block['source'])) named++;
    }
  };
  const readResult = (content: unknown) => {
    if (typeof content === 'string') promptChars += content.length;
    else if (Array.isArray(content))
      for (const one of content) {
        if (one?.type === 'image') images++;
        else if (typeof one?.text === 'string') promptChars += one.text.length;
      }
  };
  if (body.system) read(body.system);
  for (const { content } of body.messages) read(content);
  const needs: Capability[] = [];
  if (body.tools && body.tools.length > 0) needs.push('tools');
  if (images > 0) needs.push('vision');
  if (body.output_config?.format) needs.push('json');
  if (body.messages.at(-1)?.role === 'assistant') needs.push('prefill');
  return {
    messages: body.messages.length,
    images: images + named * picturesOfADocument,
    promptChars,
    needs,
  };
}

const isNamed = (source: unknown): boolean =>
  typeof source === 'object' &&
  source !== null &&
  'type' in source &&
  (source.type === 'url' || source.type === 'file');
