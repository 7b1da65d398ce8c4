import type { RateUnit, Standing } from '../../bounded-contexts/kernel/index.ts';

/** The names of the draft's registry; tokens are ours. Requests are its default. */
const units: Readonly<Record<RateUnit, string>> = {
  requests: '',
  tokens: ';qu="tokens"',
  concurrent: ';qu="concurrent-requests"',
};

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/**
 * `RateLimit-Policy` and `RateLimit`, as draft-ietf-httpapi-ratelimit-headers-10 has them: a list, one item a bound.
 * What is there at once has no window, and nobody knows when a place becomes free.
 */
export function rateHeaders(standings: readonly Standing[]): Record<string, string> {
  if (standings.length === 0) return {};
  return {
    'RateLimit-Policy': standings
      .map(({ bound: { policy, limit, unit } }) =>
        unit === 'concurrent'
          ? `"${policy}";q=${limit}${units[unit]}`
          : `"${policy}";q=${limit}${units[unit]};w=60`,
      )
      .join(', '),
    RateLimit: standings
      .map(({ bound: { policy, unit }, remaining, resetMs }) =>
        unit === 'concurrent'
          ? `"${policy}";r=${remaining}`
          : `"${policy}";r=${remaining};t=${seconds(resetMs)}`,
      )
      .join(', '),
  };
}

/** Of several bounds of one unit, the one that is nearest to its end. */
function tightest(standings: readonly Standing[], unit: RateUnit): Standing | undefined {
  return standings
    .filter(({ bound }) => bound.unit === unit)
    .sort((a, b) => a.remaining - b.remaining || b.resetMs - a.resetMs)[0];
}

/** As OpenAI tells its callers: `x-ratelimit-remaining-requests: 59`, `x-ratelimit-reset-requests: 12s`. */
export function openAiRateHeaders(standings: readonly Standing[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens'] as const) {
    const one = tightest(standings, unit);
    if (!one) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(one.bound.limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(one.remaining);
    headers[`x-ratelimit-reset-${unit}`] = `${seconds(one.resetMs)}s`;
  }
  return headers;
}

/** As Anthropic tells its callers: `anthropic-ratelimit-requests-reset: 2026-11-20T10:00:05Z`. */
export function anthropicRateHeaders(standings: readonly Standing[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens'] as const) {
    const one = tightest(standings, unit);
    if (!one) continue;
    headers[`anthropic-ratelimit-${unit}-limit`] = String(one.bound.limit);
    headers[`anthropic-ratelimit-${unit}-remaining`] = String(one.remaining);
    headers[`anthropic-ratelimit-${unit}-reset`] = new Date(now + one.resetMs).toISOString();
  }
  return headers;
}
