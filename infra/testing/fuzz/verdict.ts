import { errorCatalogue } from '../../../schemas/errors.ts';
import type { FuzzAnswer } from './connection.ts';
import type { FuzzRequest } from './requests.ts';

const codes: ReadonlySet<string> = new Set(Object.keys(errorCatalogue));
/** OpenAI's own names for some of ours, and Anthropic's kinds of errors. */
const openAi = /^(invalid_api_key|model_not_found|insufficient_quota|rate_limit_exceeded)$/;
const anthropic = /^[a-z_]+_error$/;

/** The dialect of an error's body; undefined where it is none of ours, or its code is in no catalogue. */
function dialectOf(body: string): 'problem' | 'openai' | 'anthropic' | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  if ('code' in json) return codes.has(String(json.code)) ? 'problem' : undefined;
  const error: unknown = 'error' in json ? json.error : undefined;
  if (typeof error !== 'object' || error === null) return undefined;
  if ('type' in json) return 'type' in error && anthropic.test(String(error.type)) ? 'anthropic' : undefined;
  const code = 'code' in error ? String(error.code) : '';
  return codes.has(code) || openAi.test(code) ? 'openai' : undefined;
}

/** The dialect that a request asks in; undefined where its address is too odd to say. */
function askedIn({ target, headers }: FuzzRequest): 'problem' | 'openai' | 'anthropic' | undefined {
  const [path = ''] = target.split('?', 1);
  if (!/^(\/[\w-]+)+$/.test(path)) return undefined;
  if (!path.startsWith('/v1/')) return 'problem';
  const says = headers.some(([name]) => name === 'anthropic-version');
  // An empty header is as good as none to some, and one to others.
  if (says && !/^\/v1\/messages(\/|$)/.test(path)) return undefined;
  return /^\/v1\/messages(\/|$)/.test(path) ? 'anthropic' : 'openai';
}

/** What is wrong with an answer to a fuzzed request; undefined where nothing is. */
export function objectionTo(
  request: FuzzRequest,
  { status, head, body, stream }: FuzzAnswer,
  words: readonly string[],
): string | undefined {
  if (request.aborts && status === 0) return undefined;
  const told = words.find((word) => head.includes(word) || body.includes(word));
  if (told !== undefined) return `tells ${told}`;
  if (!(status >= 200 && status < 500)) return `status ${status}`;
  if (status < 400 || stream || request.method === 'HEAD') return undefined;
  const dialect = dialectOf(body);
  if (dialect === undefined) return 'an error of no dialect, or without a code of the catalogue';
  const asked = askedIn(request);
  if (asked !== undefined && asked !== dialect) return `an error of ${dialect} for ${asked}`;
  return undefined;
}
