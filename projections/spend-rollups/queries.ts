import type { CostGroup } from '../../schemas/primitives.ts';
import type { ReadStore } from '../ports.ts';
import { conditions, type Within } from '../runtime/page.ts';

const columnOf: Readonly<Record<CostGroup, string>> = {
  tier: 'tier::int',
  user: 'user_id',
  department: 'department',
  key: 'key',
  agent: 'agent',
  model: 'model',
  provider: 'provider',
  taskType: 'task_type',
  day: 'day::text',
};

export interface CostFilter {
  /** None: one total. */
  readonly groupBy?: readonly CostGroup[] | undefined;
  /** From (inclusive) to (exclusive), by the hours (UTC) that calls were recorded in: both are cut to the hour. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly user?: string | undefined;
  readonly department?: string | undefined;
  readonly key?: string | undefined;
  readonly agent?: string | undefined;
  readonly tier?: number | undefined;
  readonly within?: Within | undefined;
  /** As it was known when calls were made (the default), or by the last price book that restated them. */
  readonly as?: 'known' | 'corrected' | undefined;
}

export interface CostRow {
  /** A value for each of `groupBy`; null where the calls had none. `day` is of the tenant's time zone. */
  readonly group: Readonly<Partial<Record<CostGroup, string | number | null>>>;
  readonly calls: number;
  /** Calls that ended in an error or were aborted; refused calls cost nothing and are not counted here. */
  readonly failed: number;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
  /** Nano-dollars. */
  readonly cost: bigint;
}

type Sums = Record<'calls' | 'failed' | 'input' | 'output' | 'cached' | 'reasoning' | 'cost', string | null>;

/** The roll-ups, and beside them the differences that restatements made: calls and tokens are the same. */
const corrected = `(
  select hour, day, department, user_id, key, agent, task_type, tier, provider, model,
    calls, failed, input, output, cached, reasoning, cost from read.spend_rollups
  union all
  select hour, day, department, user_id, key, agent, task_type, tier, provider, model,
    0, 0, 0, 0, 0, 0, now - was from read.cost_restatements
) as spend`;

/** Spend, the dearest group first. */
export async function costs(store: ReadStore, tenant: string, filter: CostFilter = {}): Promise<CostRow[]> {
  const groups = [...new Set(filter.groupBy ?? [])];
  const query = conditions();
  query.add((p) => `hour >= date_trunc('hour', ${p}::timestamptz, 'UTC')`, filter.from?.toISOString());
  query.add((p) => `hour < date_trunc('hour', ${p}::timestamptz, 'UTC')`, filter.to?.toISOString());
  query.add((p) => `user_id = ${p}`, filter.user);
  query.add((p) => `department = ${p}`, filter.department);
  query.add((p) => `key = ${p}`, filter.key);
  query.add((p) => `agent = ${p}`, filter.agent);
  query.add((p) => `tier = ${p}`, filter.tier);
  query.add((p) => `department = any(${p})`, filter.within?.departments);
  query.add((p) => `user_id = ${p}`, filter.within?.user);
  const columns = groups.map((group) => `${columnOf[group]} as "${group}", `).join('');
  const by = groups.length === 0 ? '' : `group by ${groups.map((_, i) => i + 1).join(', ')}`;
  // Groups that are equal stand in one order, too: the database's own tells how busy it is.
  const order = ['sum(cost) desc nulls last', 'sum(calls) desc', ...groups.map((_, i) => i + 1)].join(', ');
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Sums & Partial<Record<CostGroup, string | number>>>(
      `select ${columns} sum(calls) as calls, sum(failed) as failed, sum(input) as input,
         sum(output) as output, sum(cached) as cached, sum(reasoning) as reasoning, sum(cost) as cost
       from ${filter.as === 'corrected' ? corrected : 'read.spend_rollups as spend'} ${query.where} ${by}
       order by ${order} limit 10000`,
      query.values,
    ),
  );
  return rows.map((row) => ({
    group: Object.fromEntries(
      groups.map((group) => [group, row[group] === '' ? null : (row[group] ?? null)]),
    ),
    calls: Number(row.calls ?? 0),
    failed: Number(row.failed ?? 0),
    input: Number(row.input ?? 0),
    output: Number(row.output ?? 0),
    cached: Number(row.cached ?? 0),
    reasoning: Number(row.reasoning ?? 0),
    cost: BigInt(row.cost ?? 0),
  }));
}
