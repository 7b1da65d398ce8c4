import type pg from 'pg';
import { DaybookError } from '../../schemas/errors.ts';
import { tenantDoor } from '../tenant-door/index.ts';
import type { PartStore } from './store.ts';

/** One in so many first parts also removes what is too old. */
const sweepEvery = 16;

/** Parts in a table: where no nats-server keeps them. */
export function postgresParts(pool: pg.Pool, keepMs: number): PartStore {
  let streams = 0;
  const door = tenantDoor(pool);
  const query = async (tenant: string, sql: string, values: unknown[]) => {
    try {
      return await door.query<{ sealed: Buffer }>(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('log.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async append({ tenant, stream }, number, sealed) {
      await query(
        tenant,
        `insert into vault.live_streams (tenant_id, stream, number, sealed) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [tenant, stream, number, Buffer.from(sealed)],
      );
      if (number === 0 && streams++ % sweepEvery === 0)
        await query(tenant, `delete from vault.live_streams where at < now() - $1 * interval '1 ms'`, [
          keepMs,
        ]);
    },
    async remove({ tenant, stream }) {
      await query(tenant, 'delete from vault.live_streams where tenant_id = $1 and stream = $2', [
        tenant,
        stream,
      ]);
    },
    from: async ({ tenant, stream }, number) =>
      (
        await query(
          tenant,
          `select sealed from vault.live_streams where tenant_id = $1 and stream = $2 and number >= $3
           order by number`,
          [tenant, stream, number],
        )
      ).map(({ sealed }) => sealed),
  };
}
