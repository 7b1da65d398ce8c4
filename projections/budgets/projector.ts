import { facts } from '../../bounded-contexts/kernel/index.ts';
import { ledgerSums, scopeParts } from '../ledger/fold.ts';
import type { Sql } from '../ports.ts';
import { insertRows, type Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector, TableNames } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';
import { budgetAlerts, budgetLedgers, budgetPools, budgets } from './tables.ts';

interface Head {
  position: string;
  index: number;
  timeZone: string | null;
}

/**
 * Budgets, and the money of each pool. It stops at an event that it cannot apply: a sum that leaves out an
 * event is worse than a sum that is late.
 */
export const budgetsProjector: EventProjector = {
  source: 'events',
  name: 'budgets',
  version: 1,
  filter: facts('ledger'),
  money: true,
  tables: [budgetLedgers, budgets, budgetPools, budgetAlerts],
  async apply(sql, names, items) {
    const heads = await readHeads(sql, names, items);
    const counted = items.filter((item) => counts(item, heads));
    if (counted.length === 0) return;
    await writeHeads(sql, names, heads);
    await addToPools(sql, names, counted);
    await writePolicies(sql, names, counted);
    await writeAlerts(sql, names, counted);
  },
};

async function readHeads(
  sql: Sql,
  names: TableNames,
  items: readonly EventItem[],
): Promise<Map<string, Head>> {
  const tenants = [...new Set(items.map(({ tenant }) => tenant))];
  const { rows } = await sql.query<{
    tenant_id: string;
    position: string;
    event_index: number;
    time_zone: string | null;
  }>(
    `select tenant_id, position, event_index, time_zone from ${names('budget_ledgers')} where tenant_id = any($1)`,
    [tenants],
  );
  return new Map(
    rows.map((row) => [
      row.tenant_id,
      { position: row.position, index: row.event_index, timeZone: row.time_zone },
    ]),
  );
}

/**
 * The second fence: a commit counts where its `prev` is the last that counted (see the kernel's `foldCommit`).
 * That also makes a commit which was stored twice count once.
 */
function counts(item: EventItem, heads: Map<string, Head>): boolean {
  const head = heads.get(item.tenant);
  const within = head?.position === item.position;
  if (within ? item.index <= head.index : (item.commit.prev ?? null) !== (head?.position ?? null))
    return false;
  if (!within && item.index !== 0) return false;
  const timeZone =
    item.event.type === 'ledger.configured' ? item.event.data.timeZone : (head?.timeZone ?? null);
  heads.set(item.tenant, { position: item.position, index: item.index, timeZone });
  return true;
}

async function writeHeads(sql: Sql, names: TableNames, heads: Map<string, Head>): Promise<void> {
  await insertRows(
    sql,
    budgetLedgers,
    names('budget_ledgers'),
    [...heads].map(([tenant, head]) => [tenant, head.position, head.index, head.timeZone]),
    `on conflict (tenant_id) do update set position = excluded.position, event_index = excluded.event_index,
       time_zone = excluded.time_zone`,
  );
}

async function addToPools(sql: Sql, names: TableNames, items: readonly EventItem[]): Promise<void> {
  const sums = ledgerSums();
  for (const item of items) sums.add(item);
  const rows = sums
    .pools()
    .map((d): Value[] => [d.tenant, d.scope, d.scopeId, d.period, d.window, d.posted, d.pending, 0]);
  await insertRows(
    sql,
    budgetPools,
    `${names('budget_pools')} as p`,
    rows,
    `on conflict (${budgetPools.key.join(', ')}) do update
       set posted = p.posted + excluded.posted, pending = p.pending + excluded.pending`,
  );
}

async function writePolicies(sql: Sql, names: TableNames, items: readonly EventItem[]): Promise<void> {
  const defined = new Map<string, Value[]>();
  const removed = new Map<string, Value[]>();
  const resets = new Map<string, Value[]>();
  for (const { tenant, event, at, position } of items) {
    if (event.type === 'budget.defined' || event.type === 'budget.removed') {
      const { scope, period } = event.data;
      const [, id] = scopeParts(scope === 'tenant' ? 'tenant' : `${scope}:${event.data.id}`, tenant);
      const key = `${tenant} ${scope} ${id} ${period}`;
      if (event.type === 'budget.removed') {
        defined.delete(key);
        removed.set(key, [tenant, scope, id, period]);
      } else {
        removed.delete(key);
        const { limit, mode } = event.data;
        defined.set(key, [tenant, scope, id, period, limit, mode, isoOf(at), position]);
      }
    } else if (event.type === 'budget.reset') {
      const { scope, period, window, baseline } = event.data;
      const [, id] = scopeParts(scope === 'tenant' ? 'tenant' : `${scope}:${event.data.id}`, tenant);
      resets.set(`${tenant} ${scope} ${id} ${window}`, [tenant, scope, id, period, window, 0, 0, baseline]);
    }
  }
  await insertRows(
    sql,
    budgets,
    names('budgets'),
    [...defined.values()],
    `on conflict (${budgets.key.join(', ')}) do update set limit_nano = excluded.limit_nano,
       mode = excluded.mode, defined_at = excluded.defined_at, position = excluded.position`,
  );
  if (removed.size > 0) {
    const rows = [...removed.values()];
    await sql.query(
      `delete from ${names('budgets')} b
       using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as gone (tenant_id, scope, scope_id, period)
       where b.tenant_id = gone.tenant_id and b.scope = gone.scope and b.scope_id = gone.scope_id
         and b.period = gone.period`,
      [0, 1, 2, 3].map((column) => rows.map((row) => row[column])),
    );
  }
  await insertRows(
    sql,
    budgetPools,
    names('budget_pools'),
    [...resets.values()],
    `on conflict (${budgetPools.key.join(', ')}) do update set baseline = excluded.baseline`,
  );
}

async function writeAlerts(sql: Sql, names: TableNames, items: readonly EventItem[]): Promise<void> {
  const rows: Value[][] = [];
  for (const { id, tenant, event, at } of items) {
    if (event.type !== 'budget.alerted') continue;
    const d = event.data;
    const scopeId = d.scope === 'tenant' ? tenant : d.id;
    rows.push([tenant, id, isoOf(at), d.scope, scopeId, d.period, d.window, d.threshold, d.posted, d.limit]);
  }
  await insertRows(sql, budgetAlerts, names('budget_alerts'), rows, 'on conflict do nothing');
}
