import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpConfig } from '../../schemas/config/file.ts';

/**
 * On every answer. A page of ours that needs more (`/docs`) says so in its own policy; JSON needs nothing, so that
 * an answer which a browser is tricked into showing can load, run and embed nothing.
 */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** What scripts of a listed origin may read of an answer, beside what they always may. */
const exposed = [
  'Daybook-Budget-Remaining-Usd',
  'Daybook-Cache',
  'Daybook-Cost-Usd',
  'Daybook-Invocation-Id',
  'Daybook-Max-Tokens-Lowered-To',
  'Daybook-Model',
  'Daybook-Position',
  'Daybook-Provider',
  'Daybook-Replay-Of',
  'Daybook-Stream-Id',
  'Daybook-Tier',
  'Daybook-Token-Count',
  'ETag',
  'Idempotent-Replayed',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'retry-after-ms',
  'request-id',
  'x-request-id',
  'x-should-retry',
].join(', ');

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** For so long, in seconds, a browser need not ask again. */
const preflightAge = '600';
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+(, ?[A-Za-z0-9!#$%&'*+.^_`|~-]+)*$/;

/**
 * Puts the safety headers on an answer, and CORS where the request names an origin. True where that was all: a
 * preflight of a listed origin. Origins that are not listed get no header, so that browsers keep the answer from them.
 */
export function webSafety({ hsts, corsOrigins }: HttpConfig) {
  const allowed = new Set(corsOrigins);
  const fixed = new Map(Object.entries(safetyHeaders));
  // Answers differ by origin, and a cache must know.
  if (allowed.size > 0) fixed.set('Vary', 'Origin');
  const transport =
    hsts && `max-age=${hsts.maxAgeSeconds}${hsts.includeSubDomains ? '; includeSubDomains' : ''}`;

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    response.setHeaders(fixed);
    if (transport && overTls(request)) response.setHeader('Strict-Transport-Security', transport);
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return false;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Access-Control-Expose-Headers', exposed);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
      return false;
    response.setHeader('Access-Control-Allow-Methods', methods);
    response.setHeader('Access-Control-Max-Age', preflightAge);
    const wanted = request.headers['access-control-request-headers'];
    if (wanted !== undefined && token.test(wanted))
      response.setHeader('Access-Control-Allow-Headers', wanted);
    response.writeHead(204);
    response.end();
    return true;
  };
}

/** TLS ends here or, as it says, at the proxy before us; browsers pass over the header on anything else. */
const overTls = ({ socket, headers }: IncomingMessage): boolean =>
  ('encrypted' in socket && socket.encrypted === true) || headers['x-forwarded-proto'] === 'https';
