import { createRemoteJWKSet, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';

/** What of an issuer's discovery document is used. */
const document = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

const mostBytes = 256 * 1024;
/** After a failure, so long nobody asks again: an issuer that is away must not hold up every call. */
const pauseMs = 5_000;

export interface Keys {
  /** Throws `auth.issuer-unavailable`. */
  of(): Promise<RemoteJWKSet>;
}

/**
 * The keys of an issuer by OpenID Connect Discovery 1.0: found once, when first needed, and then cached by jose,
 * which asks again for a key that it does not know, but not more often than every 30 s.
 */
export function discoveredKeys(issuer: string, timeoutMs: number): Keys {
  let found: Promise<RemoteJWKSet> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  async function discover(): Promise<RemoteJWKSet> {
    const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const text = await response.text();
    if (text.length > mostBytes) throw new Error(`${url} answered more than ${mostBytes} bytes`);
    const { issuer: said, jwks_uri } = document.parse(JSON.parse(text));
    // Else one issuer could hand out another one's keys (OpenID Connect Discovery 1.0, section 4.3).
    if (said !== issuer) throw new Error(`${url} is of another issuer`);
    return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: timeoutMs });
  }

  return {
    of() {
      if (!found && performance.now() - failedAt < pauseMs)
        return Promise.reject(unavailable(issuer, failure));
      found ??= discover().catch((error: unknown) => {
        found = undefined;
        failedAt = performance.now();
        failure = error;
        throw unavailable(issuer, error);
      });
      return found;
    },
  };
}

export const unavailable = (issuer: string, cause: unknown): DaybookError =>
  new DaybookError('auth.issuer-unavailable', `The keys of ${issuer} cannot be had now.`, {}, { cause });
