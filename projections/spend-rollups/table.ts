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

const texts = ['department', 'user_id', 'key', 'agent', 'task_type'];
const served = ['tier', 'provider', 'model'];
const tokens = ['input', 'output', 'cached', 'reasoning'];

interface Group {
  readonly by: readonly Value[];
  calls: number;
  failed: number;
  /** As in `tokens`. */
  readonly used: number[];
  cost: bigint;
}

/** The same sums as `grouped` makes, of rows as they are inserted. Plain loops: it runs once a call. */
function sumsOf({ columns }: Table, rows: readonly (readonly Value[])[]): Value[][] {
  const place = new Map(columns.map(([name], index) => [name, index]));
  const placeOf = (name: string): number => place.get(name) ?? -1;
  const [at, tier, outcome, cost] = [placeOf('at'), placeOf('tier'), placeOf('outcome'), placeOf('cost')];
  const [tenant, day] = [placeOf('tenant_id'), placeOf('day')];
  const [who, what, use] = [texts.map(placeOf), served.map(placeOf), tokens.map(placeOf)];
  const grouping = [tenant, day, ...who, ...what];
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (row[tier] === null || row[tier] === undefined || row[outcome] === 'replayed') continue;
    const hour = String(row[at]).slice(0, 13);
    let key = hour;
    for (const column of grouping) key += `\0${row[column] ?? ''}`;
    let group = groups.get(key);
    if (!group) {
      const absent = who.map((column) => row[column] ?? '');
      const by = [row[tenant], `${hour}:00:00Z`, row[day], ...absent, ...what.map((column) => row[column])];
      group = { by, calls: 0, failed: 0, used: use.map(() => 0), cost: 0n };
      groups.set(key, group);
    }
    group.calls++;
    if (row[outcome] !== 'ok') group.failed++;
    for (let i = 0; i < use.length; i++) group.used[i] = (group.used[i] ?? 0) + Number(row[use[i] ?? -1]);
    group.cost += BigInt(String(row[cost]));
  }
  return [...groups.values()].map(({ by, calls, failed, used, cost }) => [
    ...by,
    calls,
    failed,
    ...used,
    cost,
  ]);
}

/** Rolls up all invocations at once. */
export async function rollUpAll(sql: Sql, invocations: string, rollups: string): Promise<void> {
  await sql.query(`insert into ${rollups} ${grouped(invocations)}`);
}
