import type { WireHeaders } from './wire.ts';

/** More than this is a quota, not a wait: a caller is told to come back in an hour. */
const mostMs = 3_600_000;
/** A date can only be trusted so far where the provider does not say what time it thinks it is. */
const mostByOurClockMs = 60_000;

export const headerOf = (headers: WireHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const within = (ms: number, most: number) => ({ retryAfterMs: Math.min(Math.max(Math.round(ms), 0), most) });

/**
 * How long a provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3).
 * A date counts from the provider's own `date`, so that a clock that runs wrong, theirs or ours, does not
 * matter.
 */
export function retryAfter(headers: WireHeaders, now: number): { retryAfterMs?: number } {
  const inMs = headerOf(headers, 'retry-after-ms');
  if (inMs !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(inMs)) return within(Number(inMs), mostMs);
  const said = headerOf(headers, 'retry-after');
  if (said === undefined) return {};
  if (/^\s*\d+(\.\d+)?\s*$/.test(said)) return within(Number(said) * 1000, mostMs);
  const until = Date.parse(said);
  if (Number.isNaN(until)) return {};
  const theirs = Date.parse(headerOf(headers, 'date') ?? '');
  return Number.isNaN(theirs) ? within(until - now, mostByOurClockMs) : within(until - theirs, mostMs);
}
