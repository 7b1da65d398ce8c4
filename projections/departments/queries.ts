import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface DepartmentRow {
  readonly department: string;
  readonly slug: string;
  readonly name: string;
  readonly icon: string | null;
  readonly description: string | null;
  readonly settings: object;
  readonly status: string;
  readonly createdAt: Date;
  readonly position: Position;
}

const select = `id as department, slug, name, icon, description, settings, status, created_at as "createdAt", position`;

export interface DepartmentFilter extends PageOptions {
  readonly status?: string | undefined;
  /** Only these, by id. */
  readonly departments?: readonly string[] | undefined;
}

/** Departments by slug. */
export async function listDepartments(
  store: ReadStore,
  tenant: string,
  filter: DepartmentFilter = {},
): Promise<Page<DepartmentRow>> {
  const query = conditions();
  query.add((p) => `status = ${p}`, filter.status);
  query.add((p) => `id = any(${p})`, filter.departments);
  return store.withTenant(tenant, (sql) =>
    listRows<DepartmentRow>(sql, {
      select,
      from: 'read.departments',
      order: ['slug', 'id'],
      query,
      page: filter,
    }),
  );
}

/** Null where there is none. */
export async function getDepartment(
  store: ReadStore,
  tenant: string,
  department: string,
): Promise<DepartmentRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<DepartmentRow>(`select ${select} from read.departments where id = $1`, [department]),
  );
  return rows[0] ?? null;
}
