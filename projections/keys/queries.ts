import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { Tier } from '../../schemas/primitives.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface KeyRow {
  readonly key: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly models: readonly string[];
  readonly tiers: readonly Tier[];
  readonly department: string | null;
  readonly user: string | null;
  readonly private: boolean;
  readonly cache: boolean;
  readonly issuedAt: Date;
  readonly expiresAt: Date | null;
  readonly rotatedAt: Date | null;
  /** Until then the secret before the last rotation is in force, too. */
  readonly previousUntil: Date | null;
  readonly revokedAt: Date | null;
  /** To the hour or so. */
  readonly lastUsedAt: Date | null;
  readonly position: Position;
}

const select = `id as key, name, role, scopes, models, tiers, department, user_id as "user", private, cache,
  issued_at as "issuedAt", expires_at as "expiresAt", rotated_at as "rotatedAt",
  previous_until as "previousUntil", revoked_at as "revokedAt", position,
  (select used_at from read.key_uses u where u.key = k.id) as "lastUsedAt"`;

export interface KeyFilter extends PageOptions {
  readonly department?: string | undefined;
  readonly user?: string | undefined;
  /** Only of these. */
  readonly departments?: readonly string[] | undefined;
}

/** Keys, newest first; never the keys themselves, which are not stored. */
export async function listKeys(
  store: ReadStore,
  tenant: string,
  filter: KeyFilter = {},
): Promise<Page<KeyRow>> {
  const query = conditions();
  query.add((p) => `department = ${p}`, filter.department);
  query.add((p) => `user_id = ${p}`, filter.user);
  query.add((p) => `department = any(${p})`, filter.departments);
  return store.withTenant(tenant, (sql) =>
    // Their ids are in the order of their making.
    listRows<KeyRow>(sql, {
      select,
      from: 'read.keys k',
      order: ['id'],
      newestFirst: true,
      query,
      page: filter,
    }),
  );
}

/** Null where there is none. */
export async function getKey(store: ReadStore, tenant: string, key: string): Promise<KeyRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<KeyRow>(`select ${select} from read.keys k where id = $1`, [key]),
  );
  return rows[0] ?? null;
}
