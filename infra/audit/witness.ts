import type pg from 'pg';
import { z } from 'zod';
import type { WitnessStore } from '../../bounded-contexts/governance/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

const row = z.object({
  number: z.coerce.number(),
  hash: z.string(),
  stream: z.number(),
  to: z.coerce.number(),
});

export interface PostgresWitness extends WitnessStore {
  /** Logs other than this one of which checkpoints were signed here: a log keeps its epoch wherever it goes. */
  otherEpochs(epoch: string): Promise<string[]>;
}

/** The last checkpoint that was signed, in the vault's schema. Throws `vault.unavailable`. */
export function postgresWitness(pool: pg.Pool): PostgresWitness {
  const query = async (sql: string, values: unknown[]) => {
    try {
      return (await pool.query(sql, values)).rows;
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async load(epoch) {
      const [found] = await query(
        'select number, hash, stream, sealed_to as to from vault.audit_witness where epoch = $1',
        [epoch],
      );
      return found ? row.parse(found) : null;
    },
    async otherEpochs(epoch) {
      const rows = await query('select epoch from vault.audit_witness where epoch <> $1 order by epoch', [
        epoch,
      ]);
      return z
        .array(z.object({ epoch: z.string() }))
        .parse(rows)
        .map((one) => one.epoch);
    },
    async save(epoch, { number, hash, stream, to }) {
      await query(
        `insert into vault.audit_witness as w (epoch, number, hash, stream, sealed_to) values ($1, $2, $3, $4, $5)
         on conflict (epoch) do update
           set number = excluded.number, hash = excluded.hash, stream = excluded.stream, sealed_to = excluded.sealed_to
         where w.number < excluded.number`,
        [epoch, number, hash, stream, to],
      );
    },
  };
}
