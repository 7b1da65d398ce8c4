/**
 * Snapshots of ledgers in Postgres: the adapter of the budgets context's `SnapshotStore`. One row a tenant; it
 * owns no events, and what it holds can be thrown away at any time.
 */
import type pg from 'pg';
import { z } from 'zod';
import type { SnapshotStore } from '../../bounded-contexts/budgets/ports.ts';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { positionString } from '../../schemas/primitives.ts';
import { tenantDoor } from '../tenant-door/index.ts';

const row = z.object({
  position: positionString.transform((text) => text as Position),
  fold_version: z.number(),
  hash: z.string(),
  state: z.string(),
});

/** Throws `read-store.unavailable` while Postgres is away. */
export function postgresSnapshots(pool: pg.Pool): SnapshotStore {
  const door = tenantDoor(pool);
  const query = async (tenant: string, sql: string, values: unknown[]) => {
    try {
      return await door.query(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('read-store.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async load(tenant) {
      const [stored] = await query(
        tenant,
        'select position, fold_version, hash, state from read.ledger_snapshots where tenant_id = $1',
        [tenant],
      );
      if (!stored) return null;
      const { position, fold_version: foldVersion, hash, state } = row.parse(stored);
      return { tenant, position, foldVersion, hash, state };
    },
    async save({ tenant, position, foldVersion, hash, state }) {
      await query(
        tenant,
        `insert into read.ledger_snapshots (tenant_id, position, fold_version, hash, state)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id) do update set position = excluded.position, fold_version = excluded.fold_version,
           hash = excluded.hash, state = excluded.state, taken_at = now()`,
        [tenant, position, foldVersion, hash, state],
      );
    },
  };
}
