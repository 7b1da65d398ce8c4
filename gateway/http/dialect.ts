import type { IncomingHttpHeaders } from 'node:http';
import { anthropicError } from '../anthropic/errors.ts';
import { speaksAnthropic } from '../anthropic/index.ts';
import { problemOf } from '../management/problem.ts';
import { openAiError } from '../openai/errors.ts';
import type { DialectError } from '../shared/surface.ts';

export function pathOf(url = ''): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** An error in the dialect of whoever asked for this path, where no surface has seen the request yet. */
export function errorFor(
  url: string,
  headers: IncomingHttpHeaders,
  error: unknown,
  requestId: string,
): DialectError {
  const path = pathOf(url);
  if (!path.startsWith('/v1/')) return problemOf(error, requestId);
  const version = headers['anthropic-version'];
  return speaksAnthropic(path, typeof version === 'string' ? version : undefined)
    ? anthropicError(error, requestId)
    : openAiError(error);
}
