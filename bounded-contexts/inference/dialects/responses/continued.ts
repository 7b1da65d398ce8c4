import { objectsOf, stringOf } from '../json.ts';
import type { Json } from '../translation.ts';

/** The input of a request as items, also where it was given as text. */
export const inputItems = (body: Json): readonly Json[] =>
  typeof body['input'] === 'string'
    ? [{ type: 'message', role: 'user', content: body['input'] }]
    : objectsOf(body['input']);

/**
 * A request that goes on from an earlier response, as one that stands alone: what was asked then, what was
 * answered, what is asked now. Instructions are of one request and are not carried on, as at OpenAI.
 */
export const continued = (body: Json, earlier: { request: Json; response: Json }): Json => ({
  ...body,
  input: [
    ...inputItems(earlier.request),
    ...objectsOf(earlier.response['output']).filter((item) => stringOf(item['type']) !== ''),
    ...inputItems(body),
  ],
});
