import type { Frame, Json } from '../../bounded-contexts/inference/index.ts';
import type { Given } from '../shared/surface.ts';
import type { openAiError } from './errors.ts';

type Said = ReturnType<typeof openAiError>['body']['error'];

const event = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/**
 * A response that fails after its beginning, numbered on from what was given. `response.failed` is what OpenAI says; yet
 * their clients hand it on as any event and then end as if all were well. So an `error` comes after it, which they
 * throw: flat as the schema has it, and nested as the service sends it, since they read either.
 */
export function failureEvents(error: Said, given: Given | undefined): string {
  const begun = given && read(given.first).response;
  const last = given && read(given.last).sequence_number;
  let sequence_number = typeof last === 'number' ? last + 1 : 0;
  const failed =
    begun &&
    event('response.failed', { sequence_number: sequence_number++, response: failedOf(begun, error) });
  const { code, message, param } = error;
  return `${failed ?? ''}${event('error', { sequence_number, code, message, param, error })}`;
}

/** Frames are JSON that a provider's adapter or a translation has read or made. */
const read = ({ json }: Frame): { readonly response?: Json; readonly sequence_number?: unknown } =>
  JSON.parse(json);

/** OpenAI's schema has a closed list of codes; the one that says more is the error event's. */
const failedOf = (begun: Json, { code, message }: Said): Json => ({
  ...begun,
  status: 'failed',
  error: { code: code === 'rate_limit_exceeded' ? code : 'server_error', message },
  output: [],
  usage: null,
});
