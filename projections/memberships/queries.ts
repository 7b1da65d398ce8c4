import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface MembershipRow {
  readonly user: string;
  /** `-`: the whole tenant. */
  readonly department: string;
  readonly role: string;
  readonly since: Date;
  readonly position: Position;
}

export interface MembershipFilter extends PageOptions {
  readonly user?: string | undefined;
  readonly department?: string | undefined;
  readonly role?: string | undefined;
  /** Only of these. */
  readonly departments?: readonly string[] | undefined;
}

/** Roles in force, by user and department. */
export async function listMemberships(
  store: ReadStore,
  tenant: string,
  filter: MembershipFilter = {},
): Promise<Page<MembershipRow>> {
  const query = conditions();
  query.add((p) => `user_id = ${p}`, filter.user);
  query.add((p) => `department = ${p}`, filter.department);
  query.add((p) => `role = ${p}`, filter.role);
  query.add((p) => `department = any(${p})`, filter.departments);
  return store.withTenant(tenant, (sql) =>
    listRows<MembershipRow>(sql, {
      select: `user_id as "user", department, role, changed_at as since, position`,
      from: '(select * from read.memberships where role is not null) in_force',
      order: ['user_id', 'department'],
      query,
      page: filter,
    }),
  );
}
