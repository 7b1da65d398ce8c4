/**
 * Tokens of OpenID Connect issuers: implements identity's port `TokenVerifier` with jose. Issuer, audience and
 * algorithms are pinned by the configuration; keys come by discovery.
 */
import { hash } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import {
  type Claims,
  type ExternalIdentity,
  identityOf,
  type TokenVerifier,
} from '../../bounded-contexts/identity/index.ts';
import type { IssuerConfig } from '../../schemas/config/identity.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { discoveredKeys, type Keys, unavailable } from './discovery.ts';

export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerConfig[];
  /** Unix ms. */
  readonly clock: () => number;
  /** For each request to an issuer. Default 5,000. */
  readonly timeoutMs?: number;
}

/** A verified token is believed so long, in ms; then its signature is looked at again, by the keys of that time. */
const believedMs = 60_000;
const mostBelieved = 10_000;
const mostBytes = 16 * 1024;

interface Believed {
  readonly identity: ExternalIdentity;
  readonly until: number;
}

export function tokenVerifier({ issuers, clock, timeoutMs = 5_000 }: TokenVerifierOptions): TokenVerifier {
  const known = new Map<string, { config: IssuerConfig; keys: Keys }>(
    issuers.map((config) => [config.issuer, { config, keys: discoveredKeys(config.issuer, timeoutMs) }]),
  );
  // The order of a map is the order of its entries' making: the oldest go first.
  const believed = new Map<string, Believed>();

  function remembered(token: string): ExternalIdentity | undefined {
    const digest = hash('sha256', token, 'base64url');
    const one = believed.get(digest);
    if (!one) return undefined;
    if (clock() < one.until) return one.identity;
    believed.delete(digest);
    return undefined;
  }

  async function verify(token: string): Promise<ExternalIdentity> {
    const issuer = issuerOf(token);
    const found = issuer === undefined ? undefined : known.get(issuer);
    if (!found) throw refused('is of no issuer that is known here');
    const { config, keys } = found;
    const claims = await verified(token, config, keys);
    const expiresAt = Number(claims['exp']) * 1_000 + config.clockSkewSeconds * 1_000;
    const identity = identityOf(claims, config, expiresAt);
    if (believed.size >= mostBelieved) {
      const [oldest] = believed.keys();
      if (oldest !== undefined) believed.delete(oldest);
    }
    const until = Math.min(expiresAt, clock() + believedMs);
    believed.set(hash('sha256', token, 'base64url'), { identity, until });
    return identity;
  }

  async function verified(token: string, config: IssuerConfig, keys: Keys): Promise<Claims> {
    const resolve = await keys.of();
    try {
      const { payload } = await jwtVerify(token, resolve, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: [...config.algorithms],
        clockTolerance: config.clockSkewSeconds,
        requiredClaims: ['exp'],
        currentDate: new Date(clock()),
      });
      return payload;
    } catch (error) {
      throw asRefusal(error, config.issuer);
    }
  }

  return { accepts: (secret) => issuers.length > 0 && looksLikeToken(secret), remembered, verify };
}

/** Three parts, the first of which is the base64url of a JSON object: no key of ours looks so. */
const looksLikeToken = (secret: string): boolean =>
  secret.length <= mostBytes && /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret);

const refused = (reason: string, cause?: unknown) =>
  new DaybookError('auth.invalid-token', `The token ${reason}.`, {}, { cause });

/** Whom it claims to be from; nothing is believed of it yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw refused('cannot be read', error);
  }
}

/** Why a token does not count, in words that give away nothing but what its sender knows. */
function asRefusal(error: unknown, issuer: string): DaybookError {
  if (error instanceof errors.JWTExpired) return refused('has expired', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`does not count here: its claim ${error.claim} is not accepted`, error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused('is signed by an algorithm that is not accepted', error);
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return unavailable(issuer, error);
  if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC')
    return refused('has no valid signature', error);
  // A key set that cannot be fetched, or is none.
  return unavailable(issuer, error);
}
