import type { Sql } from '../ports.ts';
import { insertNew, insertRows, type Table, type Value } from './columns.ts';
import type { Definition, Item } from './projector.ts';

/** The parts of a projector whose one table gets a row for each item and never changes it. */
export function appendOnly<I extends Item>(
  table: Table,
  rowsOf: (items: readonly I[]) => Value[][],
): Pick<Definition<I>, 'tables' | 'apply' | 'bulk'> {
  return {
    tables: [table],
    async apply(sql, names, items) {
      await insertNew(sql, table, names(table.name), rowsOf(items));
    },
    bulk: {
      fill: (sql, names, items) => insertRows(sql, table, names(table.name), rowsOf(items)),
      finish: (sql, names, index) => indexOnlyFirst(sql, table, names(table.name), index),
    },
  };
}

/**
 * Makes the indexes of a table that was filled without any. Where a key came twice, the first row in the order
 * of the log stays, as it does where a unique index refuses the second; that is looked for only where the
 * index says so. The table must have a column `position`.
 */
export async function indexOnlyFirst(
  sql: Sql,
  table: Table,
  name: string,
  index: () => Promise<void>,
): Promise<void> {
  await sql.query('savepoint unique_keys');
  try {
    await index();
    return;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '23505')) throw error;
  }
  await sql.query('rollback to savepoint unique_keys');
  const key = table.key.join(', ');
  await sql.query(
    `delete from ${name} where ctid in (
       select ctid from (
         select ctid, row_number() over (partition by ${key} order by length(position), position, ctid) as n
         from ${name} where (${key}) in (select ${key} from ${name} group by ${key} having count(*) > 1)
       ) twice where n > 1
     )`,
  );
  await index();
}
