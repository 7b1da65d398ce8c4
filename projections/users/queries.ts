import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface UserRow {
  readonly user: string;
  /** The content id of what is personal. */
  readonly profile: string | null;
  readonly status: string;
  readonly registeredAt: Date;
  readonly position: Position;
}

const select = `id as "user", profile, status, registered_at as "registeredAt", position`;

/** People, in no order that tells anything. */
export async function listUsers(
  store: ReadStore,
  tenant: string,
  filter: PageOptions & { readonly status?: string | undefined } = {},
): Promise<Page<UserRow>> {
  const query = conditions();
  query.add((p) => `status = ${p}`, filter.status);
  return store.withTenant(tenant, (sql) =>
    listRows<UserRow>(sql, { select, from: 'read.users', order: ['id'], query, page: filter }),
  );
}

/** Null where there is none. */
export async function getUser(store: ReadStore, tenant: string, user: string): Promise<UserRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<UserRow>(`select ${select} from read.users where id = $1`, [user]),
  );
  return rows[0] ?? null;
}
