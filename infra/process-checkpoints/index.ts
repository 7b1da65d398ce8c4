/**
 * Checkpoints of process managers (settler, reaper) in Postgres: the adapter of the budgets context's
 * `CheckpointStore`. One row a process manager; the last one who writes wins, since any of them may be behind.
 */
import type pg from 'pg';
import { z } from 'zod';
import type { CheckpointStore } from '../../bounded-contexts/budgets/index.ts';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { positionString } from '../../schemas/primitives.ts';

const row = z.object({
  positions: z.array(positionString.transform((text) => text as Position)),
  state: z.string().nullable(),
});

/** Throws `read-store.unavailable` while Postgres is away. */
export function postgresCheckpoints(pool: pg.Pool): CheckpointStore {
  const query = async (sql: string, values: unknown[]) => {
    try {
      return (await pool.query(sql, values)).rows;
    } catch (error) {
      throw new DaybookError('read-store.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async load(name) {
      const [stored] = await query('select positions, state from read.process_checkpoints where name = $1', [
        name,
      ]);
      if (!stored) return null;
      const { positions, state } = row.parse(stored);
      return { positions, ...(state === null ? {} : { state }) };
    },
    async save(name, { positions, state }) {
      await query(
        `insert into read.process_checkpoints (name, positions, state) values ($1, $2, $3)
         on conflict (name) do update set positions = excluded.positions, state = excluded.state, updated_at = now()`,
        [name, JSON.stringify(positions), state ?? null],
      );
    },
  };
}
