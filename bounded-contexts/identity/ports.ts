import type { ExternalIdentity } from './claims.ts';

/** Verifies tokens of issuers that the operator trusts. */
export interface TokenVerifier {
  /** Whether this is a token at all, and not a key of ours. No I/O. */
  accepts(secret: string): boolean;
  /** What a token was found to say less than a minute ago. No I/O. */
  remembered(token: string): ExternalIdentity | undefined;
  /** Throws `auth.invalid-token` with the reason, or `auth.issuer-unavailable`. */
  verify(token: string): Promise<ExternalIdentity>;
}

/** Passwords of people, by opaque id. Failures are `vault.unavailable`. */
export interface Passwords {
  set(tenant: string, user: string, password: string): Promise<void>;
  /** False for a wrong one, for who has none, and for nobody (undefined): all take as long. */
  check(tenant: string, user: string | undefined, password: string): Promise<boolean>;
  /** False where there was none. */
  remove(tenant: string, user: string): Promise<boolean>;
}
