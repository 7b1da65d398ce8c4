import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Permission } from '../../schemas/roles.ts';
import { idsOf } from '../management/ids.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { within } from '../management/within.ts';

export interface KnownDepartment {
  readonly id: string;
  readonly slug: string;
}

/**
 * The department that an address names, by slug or id, where the caller may do this in it. To everybody else there is
 * none: a department that is not one's own and one that does not exist are answered alike.
 */
export async function departmentIn(
  { vault, directory }: Pick<ManagementPorts, 'vault' | 'directory'>,
  principal: Principal,
  permission: Permission,
  named: string,
): Promise<KnownDepartment> {
  const { tenant } = principal;
  const id = await idsOf(vault).find(tenant, 'department', named);
  const found = directory.department(tenant, id);
  const { departments } = within(principal, permission);
  if (!found || (departments && !departments.includes(id)))
    throw new DaybookError('resource.not-found', 'There is no such department.', { param: 'department' });
  if (found.status === 'archived' && permission !== 'knowledge.read')
    throw new DaybookError('command.rejected', `The department ${found.slug} is archived.`);
  return { id, slug: found.slug };
}

/** Every department whose knowledge the caller may use this way. */
export function departmentsOf(
  { directory }: Pick<ManagementPorts, 'directory'>,
  principal: Principal,
  permission: Permission,
): readonly KnownDepartment[] {
  const { departments } = within(principal, permission);
  return directory
    .departments(principal.tenant)
    .filter(({ id, status }) => status === 'active' && (!departments || departments.includes(id)))
    .map(({ id, slug }) => ({ id, slug }));
}
