import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface TenantRow {
  readonly tenant: string;
  readonly name: string;
  readonly region: string | null;
  readonly branding: object;
  readonly policies: object;
  readonly status: string;
  readonly createdAt: Date;
  readonly position: Position;
}

const select = `tenant_id as tenant, name, region, branding, policies, status, created_at as "createdAt", position`;

/** All tenants by id, for a platform administrator. */
export async function listTenants(store: ReadStore, page: PageOptions = {}): Promise<Page<TenantRow>> {
  return store.asPlatform((sql) =>
    listRows<TenantRow>(sql, {
      select,
      from: 'read.tenants',
      order: ['tenant_id'],
      query: conditions(),
      page,
    }),
  );
}

/** Null where there is none. */
export async function getTenant(store: ReadStore, tenant: string): Promise<TenantRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<TenantRow>(`select ${select} from read.tenants where tenant_id = $1`, [tenant]),
  );
  return rows[0] ?? null;
}
