import type pg from 'pg';
import { startRetention } from '../../bounded-contexts/governance/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { contentsOfPeriod } from '../../projections/queries.ts';
import type { Parts } from './parts.ts';

/** Of Postgres's advisory locks; the first number is Daybook's, the second this one's. */
const lock = '(1684104306, 85)';

/** Runs `work` on a connection that holds the lock; passes it over where another process holds it. */
export const aloneBy = (pool: pg.Pool) => async (work: () => Promise<void>) => {
  const client = await pool.connect();
  let broken = true;
  try {
    const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock${lock} as got`);
    if (rows[0]?.got) {
      try {
        await work();
      } finally {
        await client.query(`select pg_advisory_unlock${lock}`);
      }
    }
    broken = false;
  } finally {
    // A connection that may still hold the lock is not for others.
    client.release(broken);
  }
};

/** What ends data of a worker's installation when its time has come. */
export const retentionFor = (
  { log, vault, pool }: Parts,
  store: ReadStore,
  report: (error: unknown) => void,
): ReturnType<typeof startRetention> =>
  startRetention({
    log,
    vault,
    clock: systemClock,
    count: (tenant, kind, from, before) => contentsOfPeriod(store, tenant, kind, from, before),
    alone: aloneBy(pool),
    report,
  });
