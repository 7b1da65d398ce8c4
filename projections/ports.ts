import type { Position } from '../bounded-contexts/kernel/index.ts';

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
  /** Runs `fn` in one transaction. Its commit does not wait for the disk: see ADR 0030. */
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
  /**
   * One read-only transaction that sees all tenants' rows of the tables that allow it (`platformReads`), and nothing
   * of any other. For queries of the platform's administrators alone.
   */
  asPlatform<T>(fn: (sql: Sql) => Promise<T>): Promise<T>;
  /** A new connection in the projector's role. Whoever opens it ends it. */
  session(): Promise<Session>;
  close(): Promise<void>;
}

/** One addition to one counter. */
export interface CounterChange {
  /** A whole key, tenant as hash tag: `cost:{acme}:1:daily:2026-11-20`. */
  readonly key: string;
  /** Of a budget counter, which has two; null for a counter of cost. */
  readonly field: 'posted' | 'pending' | null;
  readonly by: bigint;
  /** Unix seconds at which the key ends; null: never. */
  readonly expireAt: number | null;
}

/** Counters by key, and by field where they have any: `budget:{acme}:user:u1:total posted`. */
export type CounterValues = ReadonlyMap<string, bigint>;

/**
 * Counters that follow the log. Each tenant's counters and the position of the ledger commit up to which they
 * count change together or not at all. Failures to reach the store are thrown as they come.
 */
export interface CounterStore {
  /** True where several processes see the same counters, so that one of them should lead. */
  readonly shared: boolean;
  /**
   * Adds `changes` and moves the tenant's position from `before` to `to`, if it is at `before` (null: nothing
   * was counted yet). Returns the position that is stored afterwards: `to`, or where it really is.
   */
  apply(
    tenant: string,
    before: Position | null,
    to: Position,
    changes: readonly CounterChange[],
  ): Promise<Position | null>;
  position(tenant: string): Promise<Position | null>;
  /** Throws away all counters of the tenant and sets these, if its position is still `expected`. */
  replace(
    tenant: string,
    expected: Position | null,
    to: Position,
    changes: readonly CounterChange[],
  ): Promise<boolean>;
  read(tenant: string): Promise<CounterValues>;
  /** The checkpoint of all tenants by stream, as it was given. */
  checkpoints(): Promise<ReadonlyMap<number, string>>;
  /** Moves it if it is at `before`; false where it is not. */
  moveCheckpoint(stream: number, before: string | null, to: string): Promise<boolean>;
  close(): Promise<void>;
}
