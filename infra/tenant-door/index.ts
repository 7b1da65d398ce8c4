/**
 * The only door to what commands keep of a tenant in Postgres beside the log: keys, opaque ids, replies, parts of
 * live streams, snapshots of ledgers. (Read models have theirs in infra/read-store.) Each statement runs in a role
 * that row-level security binds to the one tenant that is named, whoever owns the tables.
 */
import type pg from 'pg';

export interface TenantDoor {
  /** One statement, which sees and changes rows of `tenant` alone. Errors are Postgres's own. */
  query<Row extends pg.QueryResultRow>(
    tenant: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]>;
  /** One statement over what has ended, of all tenants: it sees nothing else. */
  sweep(sql: string): Promise<void>;
}

const tenantToken = /^[A-Za-z0-9_-]{1,80}$/;

export function tenantDoor(pool: pg.Pool): TenantDoor {
  async function inRole<T>(begin: string, fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const result = await fn(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    async query<Row extends pg.QueryResultRow>(tenant: string, sql: string, values: readonly unknown[]) {
      // It stands in the text of a statement: a parameter would cost a round trip of its own.
      if (!tenantToken.test(tenant)) throw new RangeError('not a tenant id');
      return inRole(
        `begin; set local role daybook_vault; select set_config('app.tenant_id', '${tenant}', true)`,
        async (client) => (await client.query<Row>(sql, [...values])).rows,
      );
    },
    async sweep(sql) {
      await inRole('begin; set local role daybook_sweeper', (client) => client.query(sql));
    },
  };
}
