import type pg from 'pg';
import { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';
import { asBackup } from './as-backup.ts';

/** The vault's tables, in an order in which they may be filled. All values are text or base64. */
const tables = {
  tenant_keys: ['tenant_id', 'wrapped', 'created_at'],
  subject_keys: ['tenant_id', 'subject', 'wrapped', 'created_at', 'erased_at'],
  opaque_ids: ['tenant_id', 'kind', 'digest', 'opaque', 'sealed_raw', 'created_at'],
  passwords: ['tenant_id', 'subject', 'hash', 'set_at'],
  secrets: ['name', 'wrapped'],
  managed_secrets: ['name', 'wrapped', 'created_at', 'rotated_at'],
  period_keys: ['tenant_id', 'kind', 'day', 'wrapped', 'created_at'],
  period_floors: ['tenant_id', 'kind', 'before'],
} as const;
type Table = keyof typeof tables;

const binary = new Set(['wrapped', 'digest', 'sealed_raw']);

export const vaultRow = z.object({
  table: z.enum([
    'tenant_keys',
    'subject_keys',
    'opaque_ids',
    'passwords',
    'secrets',
    'managed_secrets',
    'period_keys',
    'period_floors',
  ]),
  values: z.record(z.string(), z.string().nullable()),
});
export type VaultRow = z.infer<typeof vaultRow>;

/** Every row of the vault, still wrapped: worth nothing without the master key. One consistent view. */
export function dumpVault(pool: pg.Pool): Promise<VaultRow[]> {
  return asBackup(pool, async (client) => {
    const rows: VaultRow[] = [];
    for (const [table, columns] of Object.entries(tables)) {
      const selected = columns.map((column) =>
        binary.has(column) ? `encode(${column}, 'base64') as ${column}` : `${column}::text as ${column}`,
      );
      const { rows: found } = await client.query(`select ${selected.join(', ')} from vault.${table}`);
      rows.push(...found.map((values) => vaultRow.parse({ table, values })));
    }
    return rows;
  });
}

/** Puts dumped rows into an empty vault, all or none. Throws `config.invalid` where the vault holds a key already. */
export async function fillVault(pool: pg.Pool, rows: readonly VaultRow[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin; set local role daybook_backup');
    const { rowCount } = await client.query('select from vault.tenant_keys limit 1');
    if (rowCount) throw new DaybookError('config.invalid', 'The vault to restore into is not empty.');
    for (const { table, values } of rows) {
      const columns = tables[table satisfies Table];
      const places = columns.map((column, index) =>
        binary.has(column)
          ? `decode($${index + 1}, 'base64')`
          : `$${index + 1}${column.endsWith('_at') ? '::timestamptz' : ''}`,
      );
      await client.query(
        `insert into vault.${table} (${columns.join(', ')}) values (${places.join(', ')})`,
        columns.map((column) => values[column] ?? null),
      );
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
