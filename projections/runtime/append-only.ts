import type { Sql } from '../ports.ts';
import { insertRows, type Table, type Value } from './columns.ts';
import type { Definition, Item } from './projector.ts';

/** The parts of a projector whose one table gets a row for each item and never changes it. */
export function appendOnly<I extends Item>(
  table: Table,
  rowsOf: (items: readonly I[]) => Value[][],
): Pick<Definition<I>, 'tables' | 'apply' | 'bulk'> {
  return {
    tables: [table],
    apply: (sql, names, items) =>
      insertRows(sql, table, names(table.name), rowsOf(items), 'on conflict do nothing'),
    bulk: {
      fill: (sql, names, items) => insertRows(sql, table, names(table.name), rowsOf(items)),
      async finish(sql, names, index) {
        await onlyFirst(sql, table, names(table.name));
        await index();
      },
    },
  };
}

/** Of rows with the same key the first one stays, as it does where a unique index refuses the second. */
export async function onlyFirst(sql: Sql, table: Table, name: string): Promise<void> {
  const key = table.key.join(', ');
  await sql.query(
    `delete from ${name} t using (
       select ${key}, min(ctid) as first from ${name} group by ${key} having count(*) > 1
     ) twice
     where ${table.key.map((column) => `t.${column} = twice.${column}`).join(' and ')} and t.ctid <> twice.first`,
  );
}
