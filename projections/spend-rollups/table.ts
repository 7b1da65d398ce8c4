import type { Sql } from '../ports.ts';
import { type Table, unnested, type Value } from '../runtime/columns.ts';

/**
 * Spend by hour (UTC) and by day (of the tenant's time zone), and by who and what. Kept by the projector of
 * `llm_invocations`, in its transaction.
 */
export const spendRollups: Table = {
  name: 'spend_rollups',
  columns: [
    ['tenant_id', 'text not null'],
    ['hour', 'timestamptz not null'],
    ['day', 'date not null'],
    ['department', 'text not null'],
    ['user_id', 'text not null'],
    ['key', 'text not null'],
    ['agent', 'text not null'],
    ['task_type', 'text not null'],
    ['tier', 'smallint not null'],
    ['provider', 'text not null'],
    ['model', 'text not null'],
    ['calls', 'bigint not null'],
    ['failed', 'bigint not null'],
    ['input', 'bigint not null'],
    ['output', 'bigint not null'],
    ['cached', 'bigint not null'],
    ['reasoning', 'bigint not null'],
    ['cost', 'numeric not null'],
  ],
  key: [
    'tenant_id',
    'hour',
    'day',
    'user_id',
    'tier',
    'model',
    'provider',
    'task_type',
    'key',
    'department',
    'agent',
  ],
  indexes: [],
};

// What is absent is '', since an absent user is a group of its own. Refused calls have no tier and cost nothing, replayed answers are no calls.
const grouped = (from: string): string => `
  select tenant_id, date_trunc('hour', at, 'UTC'), day, coalesce(department, ''), coalesce(user_id, ''), key,
    coalesce(agent, ''), coalesce(task_type, ''), tier, provider, model,
    count(*), count(*) filter (where outcome <> 'ok'),
    sum(input), sum(output), sum(cached), sum(reasoning), sum(cost)
  from ${from}
  where tier is not null and outcome <> 'replayed'
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11`;

const measures = ['calls', 'failed', 'input', 'output', 'cached', 'reasoning', 'cost'];

/** Inserts invocations and adds those that were not there before to the roll-ups, in one statement. */
export async function rollUp(
  sql: Sql,
  invocations: Table,
  into: string,
  rollups: string,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const { sql: source, values } = unnested(
    invocations.columns.map(([, type]) => type),
    rows,
  );
  await sql.query(
    `with fresh as (
       insert into ${into} select * from ${source} on conflict do nothing
       returning tenant_id, at, day, department, user_id, key, agent, task_type, tier, provider, model,
         outcome, input, output, cached, reasoning, cost
     )
     insert into ${rollups} as r ${grouped('fresh')} order by 1, 2, 3, 5
     on conflict (${spendRollups.key.join(', ')}) do update set
       ${measures.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`,
    values,
  );
}

/** Rolls up all invocations at once. */
export async function rollUpAll(sql: Sql, invocations: string, rollups: string): Promise<void> {
  await sql.query(`insert into ${rollups} ${grouped(invocations)}`);
}
