import type pg from 'pg';

/** Reads rows of all tenants in one consistent view, in the role that may read them all and change none. */
export async function asBackup<T>(pool: pg.Pool, fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only; set local role daybook_backup');
    const result = await fn(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // In mid-transaction: not fit for another use.
    client.release(true);
    throw error;
  }
}
