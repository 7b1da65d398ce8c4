import type { Principal, Refusal } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Permission } from '../../schemas/roles.ts';

/** Finds the principal of a key in force, or why there is none; no I/O. */
export type Authenticate = (secret: string) => Principal | Refusal;

/**
 * The principal of `Authorization: Bearer` or, as Anthropic's clients send it, of `x-api-key`. Throws
 * `auth.missing-key` or why the key is not in force. The key itself is never repeated.
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
  if (typeof principal === 'string') throw new DaybookError(principal);
  return principal;
}

/** Throws `auth.forbidden` where the principal has not this permission. */
export function demand(principal: Principal, permission: Permission): void {
  if (principal.permissions.has(permission)) return;
  throw new DaybookError(
    'auth.forbidden',
    `This needs the permission ${permission}, which your key does not have.`,
    {
      permission,
    },
  );
}
