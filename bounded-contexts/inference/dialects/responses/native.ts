import { isObject, objectsOf, parsedObject, stringOf } from '../json.ts';
import type { AnswerAbout, AnswerStream, Json } from '../translation.ts';
import { responseId } from './answer.ts';

const withoutIds: ReadonlySet<unknown> = new Set([
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
]);

/**
 * The request for a provider that speaks Responses itself. It keeps nothing, so it knows no id of an item, and of
 * its own reasoning only what it encrypted for us.
 */
export function nativeRequest({ previous_response_id: _, ...body }: Json): Record<string, unknown> {
  const include = Array.isArray(body['include']) ? body['include'] : [];
  const encrypted = 'reasoning.encrypted_content';
  const reasons = isObject(body['reasoning']) && !include.includes(encrypted);
  return {
    ...body,
    store: false,
    ...(reasons ? { include: [...include, encrypted] } : {}),
    ...(Array.isArray(body['input']) ? { input: objectsOf(body['input']).flatMap(kept) } : {}),
  };
}

function kept(item: Json): Json[] {
  if (!withoutIds.has(item['type'])) return [item];
  if (item['type'] === 'reasoning' && stringOf(item['encrypted_content']) === '') return [];
  const { id: _id, status: _status, ...rest } = item;
  return [rest];
}

const ours = (response: Json, { invocation, request }: AnswerAbout): Json => ({
  ...response,
  id: responseId(invocation),
  previous_response_id: request['previous_response_id'] ?? null,
  store: request['store'] !== false,
});

export function nativeAnswer(body: Uint8Array, about: AnswerAbout): Uint8Array {
  const response = parsedObject(Buffer.from(body).toString());
  return response ? Buffer.from(JSON.stringify(ours(response, about))) : body;
}

export const nativeStream = (about: AnswerAbout): AnswerStream => ({
  push(frame) {
    if (!frame.json.includes('"response":')) return [frame];
    const event = parsedObject(frame.json);
    if (!event || !isObject(event['response'])) return [frame];
    return [{ ...frame, json: JSON.stringify({ ...event, response: ours(event['response'], about) }) }];
  },
  end: () => [],
});
