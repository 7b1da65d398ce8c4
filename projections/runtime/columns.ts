import type { Sql } from '../ports.ts';

/** A table as SQL and as code: its columns, in order, with their Postgres types. */
export interface Table {
  /** Of the view that queries read; each generation's own table is `<name>__g<generation>`. */
  readonly name: string;
  /** `[column, type]`; add `not null` or a default to the type as needed. The first is always `tenant_id`. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Columns of the unique index, `tenant_id` first. */
  readonly key: readonly string[];
  /** Further indexes, each a list such as `tenant_id, at desc`; `where`: only of rows that are looked for by it. */
  readonly indexes: readonly (string | { readonly on: string; readonly where: string })[];
  /** The platform's own queries see all tenants' rows: see `ReadStore.asPlatform`. */
  readonly platformReads?: true;
}

export type Value = string | number | bigint | boolean | null | undefined;

/** What needs quotes within the literal of a row: quotes, backslashes, its own marks, and white space. */
const special = /["\\(),\s]/;
const escaped = /["\\]/g;

/** The text of one column within `"(…)"`: escaped once for the row and once more for the array that it lies in. */
function field(value: Value): string {
  // Nothing at all is null; the empty string has quotes.
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  if (value !== '' && !special.test(value)) return value;
  return `\\"${value.replace(escaped, (mark) => (mark === '"' ? '\\"\\"' : '\\\\\\\\'))}\\"`;
}

/**
 * Rows as the literal of an array of a table's row type, columns in the table's order: see docs/adr/0033. Written by
 * hand, since pg's own way to write parameters is half of what an insert of 1,000 rows of 35 columns costs us.
 */
export function rowsLiteral(rows: readonly (readonly Value[])[]): string {
  let text = '{';
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as readonly Value[];
    text += i === 0 ? '"(' : ',"(';
    for (let column = 0; column < row.length; column++)
      text += column === 0 ? field(row[column]) : `,${field(row[column])}`;
    text += ')"';
  }
  return `${text}}`;
}

/** Rows of one statement: while Postgres works on one, the next is written. */
const rowsAStatement = 500;

/** Calls `write` with the literal of some rows at a time, one after the other. */
async function inStatements<Row extends readonly Value[]>(
  rows: readonly Row[],
  write: (literal: string, rows: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  let before: Promise<unknown> | undefined;
  for (let start = 0; start < rows.length; start += rowsAStatement) {
    const some = rows.slice(start, start + rowsAStatement);
    const literal = rowsLiteral(some);
    await before;
    before = write(literal, some);
  }
  await before;
}

const insertInto = ({ columns }: Table, into: string): string =>
  `insert into ${into} (${columns.map(([name]) => name).join(', ')})
   select * from unnest($1::${into.split(' ', 1)[0]}[])`;

/**
 * Inserts rows given in the order of `table.columns`. `into` may have an alias (`read.pools__g1 as p`); `onConflict`
 * as in SQL, for rows that differ in their keys.
 */
export async function insertRows(
  sql: Sql,
  table: Table,
  into: string,
  rows: readonly (readonly Value[])[],
  onConflict = '',
): Promise<void> {
  const statement = `${insertInto(table, into)} ${onConflict}`;
  await inStatements(rows, (literal) => sql.query(statement, [literal]));
}

const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505';

/**
 * Inserts those rows whose keys are not there yet, in the caller's transaction, and returns them; of rows with one key
 * the first. The key is of texts and whole numbers. `ON CONFLICT` looks each row up before it inserts it and confirms
 * each on the log: since a key is there again once in a very long while, that is done only when one is.
 */
export async function insertNew<Row extends readonly Value[]>(
  sql: Sql,
  table: Table,
  into: string,
  rows: readonly Row[],
): Promise<Row[]> {
  const fresh: Row[] = [];
  const statement = insertInto(table, into);
  await inStatements(rows, async (literal, some) => {
    await sql.query('savepoint all_new');
    try {
      await sql.query(statement, [literal]);
      for (const row of some) fresh.push(row);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      await sql.query('rollback to all_new');
      const key = table.key.map((name) => `${name}::text`).join(', ');
      const { rows: told } = await sql.query<{ key: string[] }>(
        `${statement} on conflict do nothing returning array[${key}] as key`,
        [literal],
      );
      const left = new Set(told.map(({ key }) => JSON.stringify(key)));
      const columns = table.key.map((name) => table.columns.findIndex(([column]) => column === name));
      for (const row of some)
        if (left.delete(JSON.stringify(columns.map((column) => String(row[column]))))) fresh.push(row);
    }
    await sql.query('release all_new');
  });
  return fresh;
}
