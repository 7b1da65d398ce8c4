import { hash } from 'node:crypto';
import { type Role, roles } from '../../schemas/roles.ts';
import type { Grant } from './key-entry.ts';
import { type Principal, principalFrom, type Refusal } from './principal.ts';
import { defaultTenant, type TenantState } from './tenant.ts';

/** Somebody for whom no key vouches: a token of an issuer, or a sign-in. */
export interface Vouched {
  readonly tenant: string;
  readonly user: string;
  readonly source: 'token' | 'sign-in';
  /** What stands where a key's id would. */
  readonly key: string;
  /** Unix ms. */
  readonly expiresAt: number;
  /** Roles that who vouches gives, beside those that the tenant has granted. */
  readonly held: readonly Grant[];
}

/** What stands where a key's id would, for whoever uses none: one for each person, in the form of a key's. */
export const keyOfPerson = (user: string): string => `k_${hash('sha256', user, 'hex').slice(0, 32)}`;

const rank = (role: Role): number => roles.indexOf(role);

/**
 * What a person may: the mightiest of all roles that they have, in the departments in which they have it. A platform
 * is managed from its first tenant alone, whatever others' issuers claim.
 */
export function principalOfPerson(
  { tenant, user, source, key, expiresAt, held }: Vouched,
  state: TenantState | undefined,
  person: { readonly status: string; readonly grants: readonly Grant[] },
): Principal | Refusal {
  if (!state || state.status === 'none') return 'auth.invalid-key';
  if (state.status === 'suspended') return 'auth.tenant-suspended';
  if (person.status === 'disabled') return 'auth.user-disabled';
  const all = [...held, ...person.grants].map(
    (grant): Grant =>
      grant.role === 'platform-admin' && tenant !== defaultTenant
        ? { ...grant, role: 'tenant-admin' }
        : grant,
  );
  const role = all.map((grant) => grant.role).sort((a, b) => rank(a) - rank(b))[0];
  if (role === undefined) return 'auth.forbidden';
  // Whoever has any role in a department is a member of it.
  const departments = all.flatMap((grant) =>
    grant.department !== null && (role === 'member' || grant.role === role) ? [grant.department] : [],
  );
  return principalFrom({
    tenant,
    key,
    role,
    source,
    user,
    expiresAt,
    departments: [...new Set(departments)],
    ...(state.policies.privacy === 'local-only' ? { private: 'tenant' as const } : {}),
    ...(state.policies.cache === 'key' ? { ownCache: true } : {}),
  });
}
