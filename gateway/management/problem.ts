import type { Context } from 'hono';
import { redact } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { inSeconds, retryAfterMs } from '../shared/retry-headers.ts';
import type { DialectError } from '../shared/surface.ts';

/** RFC 9457. Anything that is not a DaybookError is ours, and shows nothing of itself. */
export function problemOf(thrown: unknown, requestId = ''): DialectError {
  const error = thrown instanceof DaybookError ? thrown : new DaybookError('internal');
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  const ms = retryAfterMs(error);
  if (ms !== undefined) headers['retry-after'] = inSeconds(ms);
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  const body = {
    type: `/docs/errors#${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    detail: redact(error.message),
    code: error.code,
    ...(requestId === '' ? {} : { requestId }),
    ...error.fields,
  };
  return { status: error.status, headers, body };
}

export function problemResponse(
  thrown: unknown,
  context: Context,
  onBug: (error: unknown, requestId: string) => void,
): Response {
  const requestId = String(context.get('requestId') ?? '');
  if (!(thrown instanceof DaybookError)) onBug(thrown, requestId);
  const { status, headers, body } = problemOf(thrown, requestId);
  return new Response(JSON.stringify(body), { status, headers: { ...headers, 'x-request-id': requestId } });
}

const titleOf = (code: string): string => {
  const words = code.replace('.', ': ').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
