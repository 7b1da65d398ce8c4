import type { MemberRole } from '../../schemas/roles.ts';
import type { IssuedKey } from './key.ts';
import { type Principal, principalFrom, type Refusal } from './principal.ts';
import type { TenantState } from './tenant.ts';

/** A role that a person has in a department; null: in the whole tenant. */
export interface Grant {
  readonly department: string | null;
  readonly role: MemberRole;
}

/** A key in force, as its own events say. */
export interface KeyEntry {
  readonly subject: string;
  readonly tenant: string;
  readonly key: string;
  readonly issued: IssuedKey;
}

/** What a key's holder is now, by its tenant and the person that it acts for. */
export function principalOrRefusal(
  { tenant, key, issued }: KeyEntry,
  state: TenantState | undefined,
  person: { readonly status: string; readonly grants: readonly Grant[] } | undefined,
): Principal | Refusal {
  if (state?.status === 'suspended') return 'auth.tenant-suspended';
  if (person?.status === 'disabled') return 'auth.user-disabled';
  const { role, scopes, models, tiers, department, user, expiresAt } = issued;
  const departments = new Set(department === null ? [] : [department]);
  // Whoever has any role in a department is a member of it.
  for (const grant of person?.grants ?? [])
    if (grant.department !== null && (role === 'member' || grant.role === role))
      departments.add(grant.department);
  const reason =
    issued.private === true ? 'key' : state?.policies.privacy === 'local-only' ? 'tenant' : undefined;
  return principalFrom({
    tenant,
    key,
    role,
    scopes,
    models,
    tiers,
    departments: [...departments],
    ...(department === null ? {} : { department }),
    ...(user === null ? {} : { user }),
    ...(expiresAt === null ? {} : { expiresAt: Date.parse(expiresAt) }),
    ...(reason === undefined ? {} : { private: reason }),
    ...(issued.cache === true ? { cache: true } : {}),
    ...(state?.policies.cache === 'key' ? { ownCache: true } : {}),
  });
}
