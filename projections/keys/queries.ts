import type { ReadStore } from '../ports.ts';

export interface IssuedKey {
  readonly id: string;
  readonly name: string;
  readonly role: 'admin' | 'service';
  readonly issuedAt: Date;
  readonly revokedAt: Date | null;
}

/** Keys, newest first; never the keys themselves, which are not stored. */
export async function listKeys(store: ReadStore, tenant: string): Promise<IssuedKey[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<IssuedKey>(
      `select id, name, role, issued_at as "issuedAt", revoked_at as "revokedAt"
       from read.keys order by issued_at desc, id desc limit 1000`,
    ),
  );
  return rows;
}
