import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Permission } from '../../schemas/roles.ts';

/** What of its tenant a principal may see by a permission; what is undefined does not bound. */
export interface Bounds {
  readonly departments?: readonly string[];
  readonly user?: string;
}

/** An id that nobody has: whoever acts for no one has nothing of their own. */
const nobody = '_';

/** Forced upon every query of the permission, whatever the caller filters by. */
export function within(
  { permissions, departments, user = nobody }: Principal,
  permission: Permission,
): Bounds {
  switch (permissions.get(permission)) {
    case 'tenant':
    case 'platform':
      return {};
    case 'departments':
      return { departments };
    case 'self':
      return { user };
    case undefined:
      return { departments: [], user: nobody };
  }
}

/** Whether one thing that was found is within the bounds. */
export const isWithin = (
  { departments, user }: Bounds,
  one: { readonly department: string | null; readonly user: string | null },
): boolean =>
  (departments === undefined || (one.department !== null && departments.includes(one.department))) &&
  (user === undefined || one.user === user);
