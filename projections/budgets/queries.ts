import type { Period, ScopeKind } from '../../schemas/primitives.ts';
import { dayIn, windowsOf } from '../../schemas/windows.ts';
import type { ReadStore, Sql } from '../ports.ts';
import {
  conditions,
  decodeCursor,
  limitOf,
  type Page,
  type PageOptions,
  pageOf,
  type Within,
} from '../runtime/page.ts';

/** A budget and how it stands in the window that is open now. Money in nano-dollars. */
export interface BudgetStanding {
  readonly scope: ScopeKind;
  /** The tenant's own id where the scope is the tenant. */
  readonly id: string;
  readonly period: Period;
  readonly mode: 'hard' | 'soft';
  readonly limit: bigint;
  readonly window: string;
  /** Settled and reserved money that counts against the limit: since the last reset, if there was one. */
  readonly posted: bigint;
  readonly pending: bigint;
  /** Negative after an overrun or a lowered limit. */
  readonly remaining: bigint;
  /** Posted money as a share of the limit, in percent; 100 where the limit is 0. */
  readonly percent: number;
  readonly definedAt: Date;
}

interface Row {
  scope: ScopeKind;
  scope_id: string;
  period: Period;
  mode: 'hard' | 'soft';
  limit_nano: string;
  window_name: string;
  posted: string | null;
  pending: string | null;
  baseline: string | null;
  defined_at: Date;
}

export interface BudgetFilter extends PageOptions {
  readonly scope?: ScopeKind | undefined;
  readonly id?: string | undefined;
  readonly period?: Period | undefined;
  readonly within?: Pick<Within, 'departments'> | undefined;
}

async function windowsNow(sql: Sql, now: number): Promise<Record<Period, string>> {
  const { rows } = await sql.query<{ time_zone: string | null }>('select time_zone from read.budget_ledgers');
  const [daily, weekly, monthly, total] = windowsOf(dayIn(rows[0]?.time_zone ?? 'UTC', now));
  return { daily, weekly, monthly, total };
}

function standingOf(row: Row): BudgetStanding {
  const limit = BigInt(row.limit_nano);
  const posted = BigInt(row.posted ?? 0) - BigInt(row.baseline ?? 0);
  const pending = BigInt(row.pending ?? 0);
  return {
    scope: row.scope,
    id: row.scope_id,
    period: row.period,
    mode: row.mode,
    limit,
    window: row.window_name,
    posted,
    pending,
    remaining: limit - posted - pending,
    percent: limit === 0n ? 100 : Number((posted * 1_000_000n) / limit) / 10_000,
    definedAt: row.defined_at,
  };
}

/**
 * Budgets and how they stand at `now` (Unix ms), by scope, id and period; the query of `GET /budgets`,
 * `GET /budgets/{scope}/{id}` (filter by both) and `GET /budgets/utilization`.
 */
export async function listBudgets(
  store: ReadStore,
  tenant: string,
  now: number,
  filter: BudgetFilter = {},
): Promise<Page<BudgetStanding>> {
  const limit = limitOf(filter);
  const rows = await store.withTenant(tenant, async (sql) => {
    const windows = await windowsNow(sql, now);
    const query = conditions();
    const window = `case b.period when 'daily' then ${query.parameter(windows.daily)}
      when 'weekly' then ${query.parameter(windows.weekly)}
      when 'monthly' then ${query.parameter(windows.monthly)} else 'total' end`;
    query.add((p) => `b.scope = ${p}`, filter.scope);
    query.add((p) => `b.scope_id = ${p}`, filter.scope === 'tenant' ? tenant : filter.id);
    query.add((p) => `b.period = ${p}`, filter.period);
    query.add((p) => `b.scope = 'department' and b.scope_id = any(${p})`, filter.within?.departments);
    if (filter.cursor !== undefined) {
      const [scope, id, period] = decodeCursor(filter.cursor, ['text', 'text', 'text']);
      const rest = `${query.parameter(id)}, ${query.parameter(period)}`;
      query.add((p) => `(b.scope, b.scope_id, b.period) > (${p}, ${rest})`, scope);
    }
    const result = await sql.query<Row>(
      `select b.scope, b.scope_id, b.period, b.mode, b.limit_nano, b.defined_at, ${window} as window_name,
         p.posted, p.pending, p.baseline
       from read.budgets b left join read.budget_pools p
         on p.scope = b.scope and p.scope_id = b.scope_id and p.window_name = ${window}
       ${query.where} order by b.scope, b.scope_id, b.period limit ${limit + 1}`,
      query.values,
    );
    return result.rows;
  });
  return pageOf(rows, limit, standingOf, (row) => [row.scope, row.scope_id, row.period]);
}

export interface TopSpenderOptions {
  readonly scope: ScopeKind;
  /** Of the window that is open at `now`, unless `window` names another. Default `total`. */
  readonly period?: Period | undefined;
  /** `2026-11-20`, `2026-W47`, `2026-11` or `total`. */
  readonly window?: string | undefined;
  /** 1 to 1000. Default 10. */
  readonly limit?: number | undefined;
  readonly within?: Pick<Within, 'departments'> | undefined;
}

export interface Spender {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly window: string;
  /** Nano-dollars, whether or not there is a budget and whatever was reset. */
  readonly posted: bigint;
  readonly pending: bigint;
}

/** Who spent most in a window, the dearest first. */
export async function topSpenders(
  store: ReadStore,
  tenant: string,
  now: number,
  { scope, period = 'total', window, limit = 10, within }: TopSpenderOptions,
): Promise<Spender[]> {
  return store.withTenant(tenant, async (sql) => {
    const name = window ?? (await windowsNow(sql, now))[period];
    const { rows } = await sql.query<{ scope_id: string; posted: string; pending: string }>(
      `select scope_id, posted, pending from read.budget_pools where scope = $1 and window_name = $2
         and ($4::text[] is null or (scope = 'department' and scope_id = any($4)))
       order by posted desc, scope_id limit $3`,
      [scope, name, Math.max(1, Math.min(1000, limit)), within?.departments ?? null],
    );
    return rows.map((row) => ({
      scope,
      id: row.scope_id,
      window: name,
      posted: BigInt(row.posted),
      pending: BigInt(row.pending),
    }));
  });
}

export interface BudgetAlert {
  readonly id: string;
  readonly at: Date;
  readonly scope: ScopeKind;
  readonly scopeId: string;
  readonly period: Period;
  readonly window: string;
  readonly threshold: number;
  readonly posted: bigint;
  readonly limit: bigint;
}

/** Alerts, newest first; of one scope where `scope` and `id` are given. */
export async function listBudgetAlerts(
  store: ReadStore,
  tenant: string,
  filter: {
    scope?: ScopeKind;
    id?: string;
    limit?: number;
    within?: Pick<Within, 'departments'>;
  } = {},
): Promise<BudgetAlert[]> {
  const query = conditions();
  query.add((p) => `scope = ${p}`, filter.scope);
  query.add((p) => `scope_id = ${p}`, filter.scope === 'tenant' ? tenant : filter.id);
  query.add((p) => `scope = 'department' and scope_id = any(${p})`, filter.within?.departments);
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Omit<BudgetAlert, 'posted' | 'limit'> & { posted: string; limit: string }>(
      `select id, at, scope, scope_id as "scopeId", period, window_name as "window", threshold, posted,
         limit_nano as "limit"
       from read.budget_alerts ${query.where} order by at desc, id desc limit ${limitOf(filter)}`,
      query.values,
    ),
  );
  return rows.map((row) => ({ ...row, posted: BigInt(row.posted), limit: BigInt(row.limit) }));
}
