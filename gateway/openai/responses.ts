import { continued, type Frame, type Json } from '../../bounded-contexts/inference/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type ResponsesRequest, responsesRequest } from '../../schemas/http/responses.ts';
import type { Capability } from '../../schemas/primitives.ts';
import { validate } from '../shared/json-body.ts';
import { openAiRateHeaders } from '../shared/rate-headers.ts';
import type { AskedFor, Surface } from '../shared/surface.ts';
import { openAiError } from './errors.ts';
import { failureEvents } from './failed-response.ts';
import type { FindResponse } from './stored-responses.ts';

/** What would need a store or a worker of the provider's own. */
const refused = ['background', 'conversation', 'prompt'] as const;

/** `POST /v1/responses`. */
export const responses = (find: FindResponse): Surface => ({
  operation: 'responses',
  async expand(sent, principal) {
    const body = validate(responsesRequest, sent);
    const { previous_response_id: id } = body;
    if (id == null) return sent;
    const earlier = await find(principal, id);
    if (!earlier)
      throw new DaybookError(
        'request.invalid',
        `previous_response_id: there is no stored response ${JSON.stringify(id)}.`,
        { param: 'previous_response_id' },
      );
    return continued(body, earlier);
  },
  parse(json) {
    const body = validate(responsesRequest, json);
    for (const field of refused) {
      if (body[field] != null && body[field] !== false)
        throw new DaybookError('request.unsupported', `${field}: it is not offered by Daybook.`, {
          param: field,
        });
    }
    return {
      model: body.model,
      streamed: body.stream === true,
      wantsUsageFrame: false,
      maxTokens: body.max_output_tokens ?? undefined,
      maxTokensField: 'max_output_tokens',
      choices: 1,
      user: body.safety_identifier ?? body.user ?? undefined,
      ...contentsOf(body),
    };
  },
  error: openAiError,
  rateHeaders: openAiRateHeaders,
  sse: ({ event, json }: Frame) => `event: ${event ?? 'message'}\ndata: ${json}\n\n`,
  done: '',
  sseError: (thrown, _requestId, given) => failureEvents(openAiError(thrown).body.error, given),
});

function contentsOf(body: ResponsesRequest): Pick<AskedFor, 'messages' | 'images' | 'promptChars' | 'needs'> {
  let messages = 1;
  let images = 0;
  let promptChars = body.instructions?.length ?? 0;
  const read = (content: unknown) => {
    if (typeof content === 'string') promptChars += content.length;
    else if (Array.isArray(content))
      for (const part of content) {
        if (typeof part?.text === 'string') promptChars += part.text.length;
        else if (part?.type === 'input_image' || part?.type === 'input_file') images++;
      }
  };
  if (typeof body.input === 'string') read(body.input);
  else
    for (const item of body.input) {
      messages++;
      read(item['content'] ?? item['output']);
    }
  const needs: Capability[] = [];
  if (body.tools && body.tools.length > 0) needs.push('tools');
  if (images > 0) needs.push('vision');
  if (body.text?.format && body.text.format.type !== 'text') needs.push('json');
  if ((body.top_logprobs ?? 0) > 0) needs.push('logprobs');
  return { messages, images, promptChars, needs };
}

/** The items that a stored response was asked with, newest first unless told otherwise, as OpenAI lists them. */
export function inputItemList(items: readonly Json[], order: string | undefined, limit: number): Json {
  const named = items.map((item, at) => ({ id: `item_${at}`, type: 'message', ...item }));
  if (order !== 'asc') named.reverse();
  const data = named.slice(0, limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: data.length < named.length,
  };
}
