import type { HonoRequest } from 'hono';
import type { Directory, Principal } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { crossSite } from './csrf.ts';
import { cookieSecret, overTls } from './sign-in-cookie.ts';

export interface SignInPorts {
  readonly directory: Pick<Directory, 'signedIn'>;
  readonly corsOrigins: readonly string[];
}

/**
 * Who comes by the cookie of a sign-in; undefined where there is none, or a key or token is given, which counts
 * first. A browser brings the cookie along whoever asks, so what changes anything must come from a page of ours.
 * Throws `auth.signed-out`, `auth.cross-site`, or why the person is not let in.
 */
export function bySignIn({
  directory,
  corsOrigins,
}: SignInPorts): (request: HonoRequest) => Principal | undefined {
  const listed = new Set(corsOrigins);
  return (request) => {
    if (request.header('authorization') !== undefined) return undefined;
    const secret = cookieSecret(request.header('cookie'), overTls(request.header('x-forwarded-proto')));
    if (secret === undefined) return undefined;
    const principal = directory.signedIn(secret);
    if (typeof principal === 'string') throw new DaybookError(principal);
    const asked = {
      method: request.method,
      host: request.header('host'),
      origin: request.header('origin'),
      site: request.header('sec-fetch-site'),
    };
    if (crossSite(asked, listed)) throw new DaybookError('auth.cross-site');
    return principal;
  };
}
