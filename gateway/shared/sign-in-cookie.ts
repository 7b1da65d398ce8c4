import { isSignInSecret } from '../../bounded-contexts/identity/index.ts';

/** `__Host-` binds a cookie to this very host and to TLS; without TLS no browser takes that name. */
const nameOver = (tls: boolean): string => (tls ? '__Host-daybook' : 'daybook');

/** Whether the browser came over TLS, which may end before Daybook. */
export const overTls = (forwardedProto: string | undefined): boolean =>
  forwardedProto?.split(',', 1)[0]?.trim().toLowerCase() === 'https';

/** The secret of the cookie, where there is one that looks like ours. */
export function cookieSecret(cookies: string | undefined, tls: boolean): string | undefined {
  const name = `${nameOver(tls)}=`;
  const found = cookies
    ?.split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(name))
    ?.slice(name.length);
  return found !== undefined && isSignInSecret(found) ? found : undefined;
}

/** `Set-Cookie` for a secret; '' ends it. Scripts never see it, and other sites' pages do not bring it along. */
export const cookieOf = (secret: string, maxAgeSeconds: number, tls: boolean): string =>
  `${nameOver(tls)}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${tls ? '; Secure' : ''}`;
