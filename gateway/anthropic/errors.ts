import { redact } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { retryHeaders } from '../shared/retry-headers.ts';
import type { DialectError } from '../shared/surface.ts';

/** Anthropic's own number for what others call 503. */
const overloaded = 529;

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  [overloaded]: 'overloaded_error',
};

/** By this code their tool runner knows that it must send the whole conversation each time. */
const detailsOf = ({ code, fields }: DaybookError) =>
  code === 'request.unsupported' && fields['param'] === 'thread'
    ? { details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } }
    : {};

/** Any error in Anthropic's shape, with the headers that their clients act upon. Nothing internal shows. */
export function anthropicError(thrown: unknown, requestId?: string): DialectError {
  const error = thrown instanceof DaybookError ? thrown : new DaybookError('internal');
  const status = error.status === 503 ? overloaded : error.status;
  return {
    status,
    headers: retryHeaders(error),
    body: {
      type: 'error',
      error: {
        type: types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'),
        message: redact(error.message),
        ...detailsOf(error),
      },
      request_id: requestId ?? null,
    },
  };
}
