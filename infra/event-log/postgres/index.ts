/**
 * The event log in Postgres: the embedded default where no nats-server can be started. One writer at a time,
 * sequences without gaps, an fsync for each group of commits. Its door is `openPostgresLog`.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type {
  AuditLog,
  ContentLog,
  EventLog,
  StoredCommits,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { postgresContents } from './contents.ts';
import { failure } from './errors.ts';
import { headWatcher } from './head.ts';
import { postgresLog } from './log.ts';
import { postgresAudit, postgresStored } from './stored.ts';
import { writer } from './writer.ts';

export interface PostgresLogOptions {
  readonly url: string;
  /** The epoch of a log that is new (a restore keeps its own); of an old one, the epoch that it must have. */
  readonly epoch?: string;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  /** Silence after which an append throws `log.timeout`. Default 5,000 ms. */
  readonly ackTimeoutMs?: number;
}

export interface PostgresLog extends EventLog, StoredCommits {
  readonly contents: ContentLog;
  readonly audit: AuditLog;
}

const migrationOf = (name: string) =>
  readFile(new URL(`../../../migrations/${name}`, import.meta.url), 'utf8');

/** Serialises processes that open a new log at the same time. */
const openingLock = 0x64617962;

async function prepare(client: pg.Client, epoch: string | undefined): Promise<string> {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [openingLock]);
  const { rows } = await client.query<{ made: boolean; audited: boolean }>(
    `select to_regclass('log.head') is not null and to_regproc('log.append_contents') is not null as made,
       to_regclass('log.audit') is not null as audited`,
  );
  if (!rows[0]?.made) await client.query(await migrationOf('0001-log.sql'));
  if (!rows[0]?.audited) await client.query(await migrationOf('0065-audit.sql'));
  await client.query(
    `insert into log.head (kind, epoch) values ('commits', $1), ('contents', $1) on conflict do nothing`,
    [epoch ?? randomBytes(5).toString('hex')],
  );
  const head = await client.query<{ epoch: string }>(`select epoch from log.head where kind = 'commits'`);
  await client.query('commit');
  return head.rows[0]?.epoch ?? '';
}

/** Opens the log, making its tables where there are none. Throws `log.unavailable`, `log.history-changed`. */
export async function openPostgresLog(options: PostgresLogOptions): Promise<PostgresLog> {
  const { url, name = 'daybook log', ackTimeoutMs = 5000 } = options;
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 2000,
  });
  client.on('error', () => undefined);
  let epoch: string;
  try {
    await client.connect();
    epoch = await prepare(client, options.epoch);
  } catch (error) {
    throw failure(error, false);
  } finally {
    await client.end().catch(() => undefined);
  }
  if (options.epoch !== undefined && options.epoch !== epoch) {
    throw new DaybookError('log.history-changed', `The log's epoch is ${epoch}, not ${options.epoch}.`);
  }
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: 4,
    connectionTimeoutMillis: 1500,
    query_timeout: 10_000,
    keepAlive: true,
  });
  pool.on('error', () => undefined);
  const events = writer(url, name, ackTimeoutMs);
  const contents = writer(url, name, ackTimeoutMs);
  const watcher = headWatcher(url, name, pool);
  const { host, pathname } = new URL(url);
  let closing: Promise<unknown> | undefined;
  const log = postgresLog({
    epoch,
    pool,
    writer: events,
    watcher,
    address: `${host}${pathname}`,
    close: async () => {
      closing ??= Promise.all([events.close(), contents.close(), watcher.close()]).then(() => pool.end());
      await closing;
    },
  });
  return {
    ...log,
    ...postgresStored(pool),
    contents: postgresContents(epoch, pool, contents, watcher),
    audit: postgresAudit(pool),
  };
}
