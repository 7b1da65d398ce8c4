import type { DaybookError } from '../../schemas/errors.ts';

/** Whether a client should try again and when, in the headers that the official ones act upon. */
export function retryHeaders(error: DaybookError): Record<string, string> {
  const headers: Record<string, string> = { 'x-should-retry': String(error.retryable) };
  const ms = retryAfterMs(error);
  if (ms !== undefined) {
    headers['retry-after'] = inSeconds(ms);
    headers['retry-after-ms'] = String(ms);
  }
  return headers;
}

/** Ms until the same request may succeed, as far as that is a matter of time. */
export function retryAfterMs(error: DaybookError): number | undefined {
  const passes = error.status === 503 || error.status === 429 || error.code === 'request.in-progress';
  if (!error.retryable || !passes) return undefined;
  const { retryAfterMs: ms } = error.fields;
  return typeof ms === 'number' ? ms : 1_000;
}

/** As `retry-after` has it: whole seconds, at least one. */
export const inSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)));
