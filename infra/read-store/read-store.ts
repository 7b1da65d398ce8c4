import pg from 'pg';
import type { ReadStore, Session, Sql } from '../../projections/ports.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface ReadStoreOptions {
  readonly url: string;
  /** Most connections for queries; projectors open their own beside them. Default 16. */
  readonly connections?: number;
  /** After so many ms a query is ended by the server. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Shown in pg_stat_activity. Default `daybook`. */
  readonly name?: string;
}

/** SQLSTATE classes and codes of a server that is gone, going, starting or full, beside errors of sockets. */
const away = /^(08|57P|53)|^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENOTFOUND|EAI_)/;

function unavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined) return away.test(code);
  return /terminated|timeout exceeded|Connection|not queryable|closed/i.test(error.message);
}

/** undefined_table: no worker has made the read models yet. */
const notMade = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '42P01';

const asDaybookError = (error: unknown): unknown =>
  unavailable(error) || notMade(error)
    ? new DaybookError('read-store.unavailable', undefined, {}, { cause: error })
    : error;

const tenantToken = /^[A-Za-z0-9_-]{1,80}$/;

/** Connects lazily: a server that is away is an error of each query, and gone with the next that succeeds. */
export function connectReadStore(options: ReadStoreOptions): ReadStore {
  const { url, connections = 16, statementTimeoutMs = 30_000, name = 'daybook' } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 2000,
    application_name: name,
    statement_timeout: statementTimeoutMs,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
  pool.on('error', () => {});

  async function reading<T>(tenant: string, fn: (sql: Sql) => Promise<T>, platform = ''): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw new DaybookError('read-store.unavailable', undefined, {}, { cause: error });
    }
    let failure: Error | undefined;
    try {
      // One round trip. `set local` and the third argument of set_config end with the transaction, so that
      // nothing of a tenant stays with the pooled connection.
      await client.query(
        `begin read only; set local role daybook_app; select set_config('app.tenant_id', '${tenant}', true), set_config('app.platform', '${platform}', true)`,
      );
      const result = await fn(sqlOf(client));
      await client.query('commit');
      return result;
    } catch (error) {
      if (unavailable(error)) failure = error instanceof Error ? error : new Error(String(error));
      else {
        await client.query('rollback').catch((broken: Error) => {
          failure = broken;
        });
      }
      throw asDaybookError(error);
    } finally {
      client.release(failure);
    }
  }

  return {
    withTenant(tenant, fn) {
      if (!tenantToken.test(tenant)) return Promise.reject(new RangeError('not a tenant id'));
      return reading(tenant, fn);
    },
    withoutTenant: (fn) => reading('', fn),
    asPlatform: (fn) => reading('', fn, 'all tenants'),
    session: () => openSession(url, name),
    close: () => pool.end(),
  };
}

function sqlOf(client: pg.ClientBase): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const { rows, rowCount } = await client.query<Row & pg.QueryResultRow>(text, [...values]);
      return { rows, rowCount };
    },
  };
}

async function openSession(url: string, name: string): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2000,
    application_name: `${name} projector`,
    keepAlive: true,
  });
  let broken = false;
  client.on('error', () => {
    broken = true;
  });
  client.on('end', () => {
    broken = true;
  });
  try {
    await client.connect();
    await client.query('set role daybook_projector');
  } catch (error) {
    await client.end().catch(() => {});
    throw asDaybookError(error);
  }
  const sql = sqlOf(client);
  return {
    async query(text, values) {
      try {
        return await sql.query(text, values);
      } catch (error) {
        throw asDaybookError(error);
      }
    },
    async transaction(fn) {
      try {
        await client.query('begin; set local synchronous_commit = off');
        const result = await fn();
        await client.query('commit');
        return result;
      } catch (error) {
        if (!broken) await client.query('rollback').catch(() => {});
        throw asDaybookError(error);
      }
    },
    get broken() {
      return broken;
    },
    end: () => client.end().catch(() => {}),
  };
}
