import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

/** Finds the principal of a key in force; no I/O. */
export type Authenticate = (secret: string) => Principal | undefined;

/**
 * The principal of `Authorization: Bearer` or, as Anthropic's clients send it, of `x-api-key`. Throws
 * `auth.missing-key` or `auth.invalid-key`. The key itself is never repeated.
 */
export function principalOf(
  authenticate: Authenticate,
  authorization: string | undefined,
  apiKey?: string | string[],
): Principal {
  const secret =
    /^Bearer +(\S{8,512})$/i.exec(authorization ?? '')?.[1] ??
    (typeof apiKey === 'string' && /^\S{8,512}$/.test(apiKey) ? apiKey : undefined);
  if (secret === undefined) throw new DaybookError('auth.missing-key');
  const principal = authenticate(secret);
  if (!principal) throw new DaybookError('auth.invalid-key');
  return principal;
}
