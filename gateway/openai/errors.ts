import type { Frame } from '../../bounded-contexts/inference/index.ts';
import { redact } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError, type ErrorCode } from '../../schemas/errors.ts';
import { retryHeaders } from '../shared/retry-headers.ts';

interface OpenAiError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: { message: string; type: string; param: string | null; code: string | null };
  };
}

/** OpenAI's own `code` where it has one for the same thing. */
const codes: Partial<Record<ErrorCode, string>> = {
  'auth.missing-key': 'invalid_api_key',
  'auth.invalid-key': 'invalid_api_key',
  'auth.expired-key': 'invalid_api_key',
  'model.not-found': 'model_not_found',
  'budget.exceeded': 'insufficient_quota',
  'provider.rate-limited': 'rate_limit_exceeded',
  'limit.rate-exceeded': 'rate_limit_exceeded',
  'limit.concurrent-exceeded': 'rate_limit_exceeded',
};

function typeOf(error: DaybookError): string {
  if (error.code === 'budget.exceeded') return 'insufficient_quota';
  if (codes[error.code] === 'rate_limit_exceeded') return 'rate_limit_error';
  return error.status < 500 ? 'invalid_request_error' : 'server_error';
}

/** Any error in OpenAI's shape, with the headers that their clients act upon. Nothing internal shows. */
export function openAiError(thrown: unknown): OpenAiError {
  const error = thrown instanceof DaybookError ? thrown : new DaybookError('internal');
  const { param } = error.fields;
  return {
    status: error.status,
    headers: retryHeaders(error),
    body: {
      error: {
        message: redact(error.message),
        type: typeOf(error),
        param: typeof param === 'string' ? param : null,
        code: codes[error.code] ?? error.code,
      },
    },
  };
}

/** Chat's and completions' streams: unnamed events, and a last one that is no JSON. */
export const openAiStream = {
  sse: (frame: Frame) => `data: ${frame.json}\n\n`,
  done: 'data: [DONE]\n\n',
  sseError: (thrown: unknown) => `data: ${JSON.stringify(openAiError(thrown).body)}\n\n`,
};
