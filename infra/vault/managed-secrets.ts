import type pg from 'pg';
import type { SecretStore } from '../../bounded-contexts/governance/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { MasterKeys } from './master-key.ts';

interface Row {
  readonly name: string;
  readonly wrapped: Buffer;
  readonly rotated_at: Date;
}

const boundTo = (name: string) => `managed secret\0${name}`;

/** Secrets that people put in, wrapped by the master key. All failures of Postgres are `vault.unavailable`. */
export function managedSecrets(pool: pg.Pool, keys: MasterKeys): SecretStore {
  const query = async (sql: string, values: unknown[] = []): Promise<Row[]> => {
    try {
      return (await pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async put(name, value) {
      await query(
        `insert into vault.managed_secrets (name, wrapped) values ($1, $2)
         on conflict (name) do update set wrapped = excluded.wrapped, rotated_at = now()`,
        [name, keys.wrap(Buffer.from(value), boundTo(name))],
      );
    },
    async open(name) {
      const [row] = await query('select name, wrapped from vault.managed_secrets where name = $1', [name]);
      return row && keys.unwrap(row.wrapped, boundTo(name)).plain.toString();
    },
    async remove(name) {
      const removed = await query('delete from vault.managed_secrets where name = $1 returning name', [name]);
      return removed.length > 0;
    },
    async list() {
      const rows = await query(
        `select name, rotated_at from vault.managed_secrets
         union all select 'master key', rotated_at from vault.master_key_ages order by name`,
      );
      return rows.map(({ name, rotated_at: rotatedAt }) => ({ name, rotatedAt }));
    },
  };
}

/** The master key is new from now on. */
export async function noteRotation(pool: pg.Pool): Promise<void> {
  await pool.query('update vault.master_key_ages set rotated_at = now()');
}
