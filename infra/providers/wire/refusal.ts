import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import { rateLimitsOf } from './rate-limits.ts';
import { retryAfter } from './retry-after.ts';
import { type Said, saidOf, saysRefused, saysTooLong } from './said.ts';
import type { WireHeaders } from './wire.ts';

const mostOriginal = 2_000;

interface Refused {
  readonly provider: string;
  /** Undefined where the error came in an answer that had begun well. */
  readonly status: number | undefined;
  readonly headers: WireHeaders;
  /** The body as it came. */
  readonly text: string;
  readonly said: Said | undefined;
  /** Never to be repeated, though providers do. */
  readonly secret: string | undefined;
}

/** Names of errors that say more than their status, Anthropic's above all. */
const codeOfWord: Readonly<Record<string, ErrorCode>> = {
  overloaded_error: 'provider.overloaded',
  rate_limit_error: 'provider.rate-limited',
  rate_limit_exceeded: 'provider.rate-limited',
  insufficient_quota: 'provider.rate-limited',
  timeout_error: 'provider.timeout',
  api_error: 'provider.error',
  server_error: 'provider.error',
  invalid_request_error: 'provider.rejected',
};

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'provider.rate-limited';
  if (status === 408 || status === 504) return 'provider.timeout';
  if (status === 503 || status === 529) return 'provider.overloaded';
  if (status === 413) return 'provider.context-exceeded';
  // Its own quarrel with us (our key, our bill, a wrong address, a conflict there) is no fault of the caller's request.
  if (status < 400 || status >= 500 || [401, 402, 403, 404, 407, 409, 425].includes(status))
    return 'provider.error';
  return 'provider.rejected';
}

function codeOf(status: number | undefined, said: Said | undefined): ErrorCode {
  const callers = status === undefined || (status >= 400 && status < 500 && status !== 401 && status !== 429);
  if (said && callers) {
    if (saysTooLong(said)) return 'provider.context-exceeded';
    if (saysRefused(said)) return 'provider.content-refused';
  }
  const known = status ?? said?.status;
  if (known !== undefined) return codeOfStatus(known);
  for (const word of said?.words ?? []) {
    const code = codeOfWord[word];
    if (code) return code;
  }
  return 'provider.error';
}

const sentences: Partial<Record<ErrorCode, (provider: string, what: string) => string>> = {
  'provider.rate-limited': (provider, what) => `${provider} limits its rate: ${what}`,
  'provider.timeout': (provider, what) => `${provider} timed out: ${what}`,
  'provider.overloaded': (provider, what) => `${provider} has no capacity now: ${what}`,
  'provider.error': (provider, what) => `${provider} answered with ${what}`,
};

const withoutSecret = (text: string, secret: string | undefined): string =>
  secret === undefined || secret.length < 4 ? text : text.replaceAll(secret, '***');

/** What a provider answered instead of an answer, in our words for it, with its own kept. */
export function refusal({ provider, status, headers, text, said, secret }: Refused): ProviderFailure {
  const code = codeOf(status, said);
  const what =
    status === 401 || (status === 403 && code === 'provider.error')
      ? 'a refusal of its configured key'
      : status !== undefined && status < 400
        ? `a redirection (${status}), which is not followed`
        : (said?.message ?? `status ${status ?? 'unknown'}`);
  const original = withoutSecret(text, secret).slice(0, mostOriginal);
  const { headers: rateLimits } = rateLimitsOf(headers);
  return new ProviderFailure(code, withoutSecret(sentences[code]?.(provider, what) ?? what, secret), {
    accepted: false,
    ...(status === undefined ? {} : { status }),
    ...retryAfter(headers, Date.now()),
    ...(original === '' ? {} : { original }),
    ...(rateLimits ? { rateLimits } : {}),
  });
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As `refusal`, of an error body with a status. */
export const refusalOf = (refused: Omit<Refused, 'said'>): ProviderFailure =>
  refusal({ ...refused, said: saidOf(jsonOf(refused.text)) });
