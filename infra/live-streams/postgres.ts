import type pg from 'pg';
import { DaybookError } from '../../schemas/errors.ts';
import type { PartStore } from './store.ts';

/** One in so many first parts also removes what is too old. */
const sweepEvery = 16;

/** Parts in a table: where no nats-server keeps them. */
export function postgresParts(pool: pg.Pool, keepMs: number): PartStore {
  let streams = 0;
  const query = async (sql: string, values: unknown[]) => {
    try {
      return (await pool.query<{ sealed: Buffer }>(sql, values)).rows;
    } catch (error) {
      throw new DaybookError('log.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async append(stream, number, sealed) {
      await query(
        'insert into vault.live_streams (stream, number, sealed) values ($1, $2, $3) on conflict do nothing',
        [stream, number, Buffer.from(sealed)],
      );
      if (number === 0 && streams++ % sweepEvery === 0)
        await query(`delete from vault.live_streams where at < now() - $1 * interval '1 ms'`, [keepMs]);
    },
    from: async (stream, number) =>
      (
        await query(
          'select sealed from vault.live_streams where stream = $1 and number >= $2 order by number',
          [stream, number],
        )
      ).map(({ sealed }) => sealed),
  };
}
