import type pg from 'pg';
import { tenantDoor } from '../tenant-door/index.ts';
import { asBackup } from './as-backup.ts';
import type { MasterKeys } from './master-key.ts';

interface Wrapped {
  readonly name: string;
  readonly wrapped: Buffer;
}

/** What the master key wraps: table, the column that names a row, and what the ciphertext is bound to. */
const tables = [
  { table: 'vault.tenant_keys', key: 'tenant_id', bound: 'tenant' },
  { table: 'vault.secrets', key: 'name', bound: 'secret' },
  { table: 'vault.managed_secrets', key: 'name', bound: 'managed secret' },
] as const;

/**
 * Wraps anew, by the present master key, all that an older one has wrapped; returns how many that were. Readers go
 * on meanwhile: they hold both keys. A row that changes at the same moment is left to the next run.
 */
export async function rewrapVault(pool: pg.Pool, keys: MasterKeys): Promise<number> {
  keys.refresh();
  const door = tenantDoor(pool);
  let count = 0;
  for (const { table, key, bound } of tables) {
    for (const { name, wrapped } of await allOf(pool, table, key)) {
      const place = `${bound}\0${name}`;
      const { plain, old } = keys.unwrap(wrapped, place);
      if (!old) continue;
      const sql = `update ${table} set wrapped = $2 where ${key} = $1 and wrapped = $3 returning ${key}`;
      const values = [name, keys.wrap(plain, place), wrapped];
      const { length } =
        key === 'tenant_id' ? await door.query(name, sql, values) : (await pool.query(sql, values)).rows;
      count += length;
    }
  }
  return count;
}

const allOf = (pool: pg.Pool, table: string, key: string): Promise<Wrapped[]> =>
  asBackup(
    pool,
    async (client) => (await client.query<Wrapped>(`select ${key} as name, wrapped from ${table}`)).rows,
  );
