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
