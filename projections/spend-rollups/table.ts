import type { Sql } from '../ports.ts';
import { inStatements, insertRows, type Table, type Value } from '../runtime/columns.ts';

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

/**
 * Inserts invocations and adds those that were not there before to the roll-ups. That all were new is what nearly
 * every statement says; only where it does not, it tells which.
 */
export async function rollUp(
  sql: Sql,
  invocations: Table,
  into: string,
  rollups: string,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const columnOf = indexOf(invocations);
  const [tenant, id] = [columnOf('tenant_id'), columnOf('id')];
  const fresh: (readonly Value[])[] = [];
  await inStatements(rows, async (literal, some) => {
    const { rows: told } = await sql.query<{ keys: string[] | null }>(
      `with fresh as (
         insert into ${into} select * from unnest($1::${into}[]) on conflict do nothing returning tenant_id, id
       )
       select case when (select count(*) from fresh) < $2
         then (select coalesce(array_agg(tenant_id || ' ' || id), '{}') from fresh) end as keys`,
      [literal, some.length],
    );
    const keys = told[0]?.keys;
    if (!keys) return fresh.push(...some);
    // Of a call that is there twice the first is the one that went in.
    const left = new Set(keys);
    return fresh.push(...some.filter((row) => left.delete(`${row[tenant]} ${row[id]}`)));
  });
  await insertRows(
    sql,
    spendRollups,
    `${rollups} as r`,
    sumsOf(invocations, fresh),
    `on conflict (${spendRollups.key.join(', ')}) do update set
       ${measures.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`,
  );
}

const indexOf =
  ({ columns }: Table) =>
  (name: string): number =>
    columns.findIndex(([column]) => column === name);

/** The same sums as `grouped`, of rows that are not in the table yet. */
function sumsOf(invocations: Table, rows: readonly (readonly Value[])[]): Value[][] {
  const columnOf = indexOf(invocations);
  const [tenant, at, day, tier, outcome] = ['tenant_id', 'at', 'day', 'tier', 'outcome'].map(columnOf) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const texts = ['department', 'user_id', 'key', 'agent', 'task_type'].map(columnOf);
  const last = ['provider', 'model'].map(columnOf);
  const tokens = ['input', 'output', 'cached', 'reasoning'].map(columnOf);
  const cost = columnOf('cost');
  const groups = new Map<string, { by: Value[]; sums: number[]; cost: bigint }>();
  for (const row of rows) {
    if (row[tier] === null || row[tier] === undefined || row[outcome] === 'replayed') continue;
    const hour = `${String(row[at]).slice(0, 13)}:00:00Z`;
    const by: Value[] = [row[tenant], hour, row[day]];
    for (const column of texts) by.push(row[column] ?? '');
    by.push(row[tier]);
    for (const column of last) by.push(row[column]);
    const key = by.join('\0');
    let group = groups.get(key);
    if (!group) {
      group = { by, sums: [0, 0, 0, 0, 0, 0], cost: 0n };
      groups.set(key, group);
    }
    const { sums } = group;
    sums[0] = (sums[0] as number) + 1;
    if (row[outcome] !== 'ok') sums[1] = (sums[1] as number) + 1;
    for (let i = 0; i < tokens.length; i++)
      sums[i + 2] = (sums[i + 2] as number) + Number(row[tokens[i] as number]);
    group.cost += BigInt(String(row[cost]));
  }
  return [...groups.values()].map(({ by, sums, cost }) => [...by, ...sums, cost]);
}

/** Rolls up all invocations at once. */
export async function rollUpAll(sql: Sql, invocations: string, rollups: string): Promise<void> {
  await sql.query(`insert into ${rollups} ${grouped(invocations)}`);
}
