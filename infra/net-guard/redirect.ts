import type { Response } from 'undici';
import type { GuardedInit } from './index.ts';
import { parseForeignUrl } from './url.ts';

/** What another origin may see of a request; tokens come under many names, so this is a list of what is none. */
const harmless = new Set(['accept', 'accept-language', 'content-type', 'range', 'user-agent']);

/**
 * Where a response leads, and with what; undefined where it leads nowhere. A 303, and a 301 or 302 that answers a
 * POST, are followed by GET without a body (Fetch, 4.4). Throws `url.refused`.
 */
export function redirected(
  from: URL,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  request: GuardedInit,
): { url: URL; request: GuardedInit } | undefined {
  const location = headers.get('location');
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = parseForeignUrl(location, from);
  const { method = 'GET', headers: given = {}, body, ...rest } = request;
  const get =
    (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  const kept = Object.entries(given).filter(([name]) => {
    const lower = name.toLowerCase();
    return (url.origin === from.origin || harmless.has(lower)) && !(get && lower.startsWith('content-'));
  });
  return {
    url,
    request: {
      ...rest,
      method: get ? 'GET' : method,
      headers: Object.fromEntries(kept),
      ...(get || body === undefined ? {} : { body }),
    },
  };
}
