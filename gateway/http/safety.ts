import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpConfig } from '../../schemas/config/file.ts';
import { addAll, type Head, setAll } from '../shared/head.ts';

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

/** Origins that are not listed get no header of CORS, so that browsers keep the answer from them. */
export interface WebSafety {
  /** The safety headers of an answer to a request that is no preflight, with those of CORS; the caller's own to add to. */
  headOf(request: IncomingMessage): Head;
  /** Sets them on the answer. True where that was all: a preflight of a listed origin. */
  set(request: IncomingMessage, response: ServerResponse): boolean;
}

export function webSafety({ hsts, corsOrigins }: HttpConfig): WebSafety {
  const allowed = new Set(corsOrigins);
  // Answers differ by origin, and a cache must know.
  const all = { ...safetyHeaders, ...(allowed.size > 0 ? { Vary: 'Origin' } : {}) };
  const fixed: Head = [];
  /** What goes to a listed origin. */
  const open: Head = [];
  addAll(fixed, all);
  addAll(open, { ...all, 'Cross-Origin-Resource-Policy': 'cross-origin' });
  const transport =
    hsts && `max-age=${hsts.maxAgeSeconds}${hsts.includeSubDomains ? '; includeSubDomains' : ''}`;

  const isAllowed = (origin: string | undefined): origin is string =>
    origin !== undefined && allowed.has(origin);

  function headOf(request: IncomingMessage): Head {
    const { origin } = request.headers;
    const listed = isAllowed(origin);
    const head = listed ? open.slice() : fixed.slice();
    if (transport && overTls(request)) head.push('Strict-Transport-Security', transport);
    if (listed)
      head.push(
        'Access-Control-Allow-Origin',
        origin,
        'Access-Control-Allow-Credentials',
        'true',
        'Access-Control-Expose-Headers',
        exposed,
      );
    return head;
  }

  return {
    headOf,
    set(request, response) {
      setAll(response, headOf(request));
      if (request.method !== 'OPTIONS' || !isAllowed(request.headers.origin)) return false;
      if (request.headers['access-control-request-method'] === undefined) return false;
      response.setHeader('Access-Control-Allow-Methods', methods);
      response.setHeader('Access-Control-Max-Age', preflightAge);
      const wanted = request.headers['access-control-request-headers'];
      if (wanted !== undefined && token.test(wanted))
        response.setHeader('Access-Control-Allow-Headers', wanted);
      response.writeHead(204);
      response.end();
      return true;
    },
  };
}

/** TLS ends here or, as it says, at the proxy before us; browsers pass over the header on anything else. */
const overTls = ({ socket, headers }: IncomingMessage): boolean =>
  ('encrypted' in socket && socket.encrypted === true) || headers['x-forwarded-proto'] === 'https';
