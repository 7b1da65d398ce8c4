import type { MemberRole } from '../../schemas/roles.ts';
import { matches } from '../kernel/index.ts';
import type { WantedKey } from './commands.ts';
import type { IssuedKey } from './key.ts';
import { covers, permissionsOf } from './permissions.ts';
import type { Principal } from './principal.ts';

/** An empty list leaves all. What a pattern covers as a text, it covers as a pattern, too. */
const within = (held: readonly (string | number)[], asked: readonly (string | number)[]): boolean =>
  held.length === 0 ||
  (asked.length > 0 && asked.every((one) => held.some((own) => matches(String(own), String(one)))));

/**
 * Why `issuer` may not issue such a key, in a sentence; undefined where it may. Nobody gives more than they have: not
 * in permissions, nor in models, tiers, time, privacy, or beyond their departments and their person.
 */
export function objectionToKey(issuer: Principal, wanted: WantedKey): string | undefined {
  const { role, scopes = [], models = [], tiers = [], department, user, expiresAt } = wanted;
  if (!covers(issuer.permissions, permissionsOf(role, scopes, Boolean(department))))
    return `A ${role} may more than you may; name scopes that you have, or another role.`;
  const ownDepartments = issuer.permissions.get('keys.manage') === 'departments';
  if (ownDepartments && !(department && issuer.departments.includes(department)))
    return 'Name a department of yours: the key is to be one of it.';
  if (issuer.department !== undefined && department !== issuer.department)
    return 'Your own key is of one department: so must be what it issues.';
  // It would reach what that person has in other departments.
  if (ownDepartments && user && user !== issuer.user)
    return 'You may issue keys that act for no one but you.';
  if (!within(issuer.models, models)) return 'Name models among those that your own key may call.';
  if (!within(issuer.tiers, tiers)) return 'Name tiers among those that your own key may call.';
  if (issuer.expiresAt !== undefined && !(expiresAt && Date.parse(expiresAt) <= issuer.expiresAt))
    return `Your own key expires at ${new Date(issuer.expiresAt).toISOString()}: expiresAt must not be later.`;
  if (issuer.private === 'key' && wanted.private !== true)
    return 'Your own key is private: so must be what it issues.';
  return undefined;
}

/** Why `holder` may not revoke such a key; undefined where it may. One may always lay down one's own. */
export function objectionToRevocation(
  holder: Principal,
  { key, role, scopes, department }: IssuedKey,
): string | undefined {
  if (key === holder.key) return undefined;
  if (!covers(holder.permissions, permissionsOf(role, scopes, department !== null)))
    return `A ${role} may more than you may.`;
  const ownDepartments = holder.permissions.get('keys.manage') === 'departments';
  if (ownDepartments && !(department && holder.departments.includes(department)))
    return 'You may do that with keys of your departments only.';
  return undefined;
}

/** Why `granter` may not grant (or take) such a role; undefined where it may. */
export function objectionToGrant(
  granter: Principal,
  { role, department }: { readonly role: MemberRole; readonly department: string | null },
): string | undefined {
  if (!covers(granter.permissions, permissionsOf(role))) return `A ${role} may more than you may.`;
  const ownDepartments = granter.permissions.get('members.manage') === 'departments';
  if (ownDepartments && (department === null || !granter.departments.includes(department)))
    return 'You may do that in departments of yours only.';
  return undefined;
}
