import type { Sql } from '../ports.ts';
import { insertNew, insertRows, type Table, type Value } from '../runtime/columns.ts';

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

/** Inserts invocations and adds those that were not there before to the roll-ups. */
export async function rollUp(
  sql: Sql,
  invocations: Table,
  into: string,
  rollups: string,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const fresh = await insertNew(sql, invocations, into, rows);
  await insertRows(
    sql,
    spendRollups,
    `${rollups} as r`,
    sumsOf(invocations, fresh),
    `on conflict (${spendRollups.key.join(', ')}) do update set
       ${measures.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`,
  );
}

/** The same sums as `grouped` makes, of rows as they are inserted. */
function sumsOf({ columns }: Table, rows: readonly (readonly Value[])[]): Value[][] {
  const place = new Map(columns.map(([name], index) => [name, index]));
  const reader = (name: string) => {
    const index = place.get(name) ?? -1;
    return (row: readonly Value[]): Value => row[index] ?? null;
  };
  const [at, tier, outcome, cost] = [reader('at'), reader('tier'), reader('outcome'), reader('cost')];
  const [tenant, day] = [reader('tenant_id'), reader('day')];
  const who = ['department', 'user_id', 'key', 'agent', 'task_type'].map(reader);
  const served = ['tier', 'provider', 'model'].map(reader);
  const tokens = ['input', 'output', 'cached', 'reasoning'].map(reader);
  const groups = new Map<string, { by: Value[]; sums: number[]; cost: bigint }>();
  for (const row of rows) {
    if (tier(row) === null || outcome(row) === 'replayed') continue;
    const hour = `${String(at(row)).slice(0, 13)}:00:00Z`;
    const by = [
      tenant(row),
      hour,
      day(row),
      ...who.map((of) => of(row) ?? ''),
      ...served.map((of) => of(row)),
    ];
    const key = by.join('\0');
    const group = groups.get(key) ?? { by, sums: [0, 0, 0, 0, 0, 0], cost: 0n };
    groups.set(key, group);
    const add = [1, outcome(row) === 'ok' ? 0 : 1, ...tokens.map((of) => Number(of(row)))];
    group.sums = group.sums.map((sum, index) => sum + (add[index] ?? 0));
    group.cost += BigInt(String(cost(row)));
  }
  return [...groups.values()].map(({ by, sums, cost }) => [...by, ...sums, cost]);
}

/** Rolls up all invocations at once. */
export async function rollUpAll(sql: Sql, invocations: string, rollups: string): Promise<void> {
  await sql.query(`insert into ${rollups} ${grouped(invocations)}`);
}
