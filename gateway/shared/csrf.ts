import type { MiddlewareHandler } from 'hono';
import { DaybookError } from '../../schemas/errors.ts';

const harmless = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Asked {
  readonly method: string;
  /** `Host`, as the browser sent it. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: what a browser itself says, and no page can change. */
  readonly site: string | undefined;
}

/**
 * Whether a browser sent a request for another site's page. A browser adds the session's cookie whoever asks; it also
 * says who asks. Requests that change nothing pass; of the others those of our own pages and of listed origins do.
 * What says nothing of itself is refused: every browser in use says at least its origin on these.
 */
export function crossSite({ method, host, origin, site }: Asked, listed: ReadonlySet<string>): boolean {
  if (harmless.has(method)) return false;
  if (origin !== undefined && listed.has(origin)) return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // `null` is the origin of a page that has none: sandboxed, or of a file.
  return origin === undefined || !URL.canParse(origin) || new URL(origin).host !== host;
}

/** For routes that are authenticated by a cookie. Throws `auth.cross-site`; keys in headers need none of it. */
export function csrf(corsOrigins: readonly string[]): MiddlewareHandler {
  const listed = new Set(corsOrigins);
  return async ({ req }, next) => {
    const asked = {
      method: req.method,
      host: req.header('host'),
      origin: req.header('origin'),
      site: req.header('sec-fetch-site'),
    };
    if (crossSite(asked, listed)) throw new DaybookError('auth.cross-site');
    await next();
  };
}
