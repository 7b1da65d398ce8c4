/** What the projections need from outside, in terms of Postgres and of counters. */

export interface Sql {
  /** One statement; `values` fill `$1`… . A Postgres error keeps its SQLSTATE in `code`. */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A connection of one's own, with the projector's role; for locks that last and for writing. */
export interface Session extends Sql {
  /** Runs `fn` in one transaction. Its commit does not wait for the disk: see ADR 0031. */
  transaction<T>(fn: () => Promise<T>): Promise<T>;
  readonly broken: boolean;
  end(): Promise<void>;
}

/**
 * The read models. All failures to reach them are `read-store.unavailable`.
 */
export interface ReadStore {
  /** One read-only transaction that sees the rows of `tenant` alone. The only door for queries. */
  withTenant<T>(tenant: string, fn: (sql: Sql) => Promise<T>): Promise<T>;
  /** One read-only transaction that sees no tenant's rows: for checkpoints and states of projectors. */
  withoutTenant<T>(fn: (sql: Sql) => Promise<T>): Promise<T>;
  /** A new connection in the projector's role. Whoever opens it ends it. */
  session(): Promise<Session>;
  close(): Promise<void>;
}
