import type { WireHeaders } from './wire.ts';

const mostHeaders = 24;

/** `x-ratelimit-*` and `anthropic-ratelimit-*`: what clients steer by, handed on as it is. */
export function rateLimitsOf(headers: WireHeaders): { headers?: Readonly<Record<string, string>> } {
  let found: Record<string, string> | undefined;
  let count = 0;
  for (const name in headers) {
    if (!name.startsWith('x-ratelimit-') && !name.startsWith('anthropic-ratelimit-')) continue;
    const value = headers[name];
    if (typeof value !== 'string' || value.length > 200 || ++count > mostHeaders) continue;
    found ??= {};
    found[name] = value;
  }
  return found ? { headers: found } : {};
}
