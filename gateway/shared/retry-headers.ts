import type { DaybookError } from '../../schemas/errors.ts';

/** Whether a client should try again and when, in the headers that the official ones act upon. */
export function retryHeaders(error: DaybookError): Record<string, string> {
  const headers: Record<string, string> = { 'x-should-retry': String(error.retryable) };
  if (error.retryable && (error.status === 503 || error.status === 429)) {
    const { retryAfterMs } = error.fields;
    const ms = typeof retryAfterMs === 'number' ? retryAfterMs : 1000;
    headers['retry-after'] = String(Math.max(1, Math.ceil(ms / 1000)));
    headers['retry-after-ms'] = String(ms);
  }
  return headers;
}
