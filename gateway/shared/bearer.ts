import type { Principal, Refusal } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Permission } from '../../schemas/roles.ts';

/**
 * Finds the principal of a key or token in force, or why there is none. Of a key at once and without I/O; a token that
 * was not seen lately is verified first.
 */
export type Authenticate = (secret: string) => Principal | Refusal | Promise<Principal | Refusal>;

const bearer = /^Bearer +(\S{8,16384})$/i;

/**
 * The principal of `Authorization: Bearer` or, as Anthropic's clients send it, of `x-api-key`. Throws
 * `auth.missing-key` or why the key is not in force. The key itself is never repeated. Only a promise where something
 * must be waited for.
 */
export function principalOf(
  authenticate: Authenticate,
  authorization: string | undefined,
  apiKey?: string | string[],
): Principal | Promise<Principal> {
  const secret =
    bearer.exec(authorization ?? '')?.[1] ??
    (typeof apiKey === 'string' && /^\S{8,512}$/.test(apiKey) ? apiKey : undefined);
  if (secret === undefined) throw new DaybookError('auth.missing-key');
  const found = authenticate(secret);
  return found instanceof Promise ? found.then(orThrow) : orThrow(found);
}

function orThrow(found: Principal | Refusal): Principal {
  if (typeof found === 'string') throw new DaybookError(found);
  return found;
}

/** Throws `auth.forbidden` where the principal has not this permission. */
export function demand(principal: Principal, permission: Permission): void {
  if (principal.permissions.has(permission)) return;
  throw new DaybookError(
    'auth.forbidden',
    `This needs the permission ${permission}, which your ${principal.source === 'key' ? 'key' : 'role'} does not have.`,
    {
      permission,
    },
  );
}
