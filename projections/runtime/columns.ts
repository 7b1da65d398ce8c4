import type { Sql } from '../ports.ts';

/** A table as SQL and as code: its columns, in order, with their Postgres types. */
export interface Table {
  /** Of the view that queries read; each generation's own table is `<name>__g<generation>`. */
  readonly name: string;
  /** `[column, type]`; add `not null` or a default to the type as needed. The first is always `tenant_id`. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Columns of the unique index, `tenant_id` first. */
  readonly key: readonly string[];
  /** Further indexes, each a list such as `tenant_id, at desc`. */
  readonly indexes: readonly string[];
  /** The platform's own queries see all tenants' rows: see `ReadStore.asPlatform`. */
  readonly platformReads?: true;
}

export type Value = string | number | bigint | boolean | null | undefined;

const special = /["\\]/;
const specials = /["\\]/g;
/** Types whose text never needs quotes inside of an array literal. */
const bare = /^(int|smallint|bigint|numeric|double|boolean|timestamptz|date)/;

/**
 * A Postgres array literal of one column. Done by hand since pg's own is half of what an insert of 1,000 rows
 * of 35 columns costs us.
 */
export function arrayLiteral(values: readonly Value[], type: string): string {
  if (bare.test(type)) {
    let text = '{';
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      text += i === 0 ? '' : ',';
      text += value === null || value === undefined ? 'NULL' : value;
    }
    return `${text}}`;
  }
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ',';
    if (value === null || value === undefined) text += 'NULL';
    else {
      const plain = typeof value === 'string' ? value : String(value);
      text += special.test(plain) ? `"${plain.replace(specials, '\\$&')}"` : `"${plain}"`;
    }
  }
  return `${text}}`;
}

const baseType = (type: string): string => type.replace(/ (not null|default).*$/, '');

/** Rows as `[$1::text[], $2::int[], …]` for `unnest`, columns first. */
export function unnested(
  types: readonly string[],
  rows: readonly (readonly Value[])[],
): { sql: string; values: string[] } {
  const sql = types.map((type, column) => `$${column + 1}::${baseType(type)}[]`).join(', ');
  const values = types.map((type, column) => {
    const values = new Array<Value>(rows.length);
    for (let i = 0; i < rows.length; i++) values[i] = (rows[i] as readonly Value[])[column];
    return arrayLiteral(values, type);
  });
  return { sql: `unnest(${sql})`, values };
}

/** Rows of one statement: while Postgres works on one, the next is written. */
const rowsAStatement = 500;

/** Inserts rows given in the order of `table.columns`. `onConflict` as in SQL, for rows that differ in their keys. */
export async function insertRows(
  sql: Sql,
  table: Table,
  into: string,
  rows: readonly (readonly Value[])[],
  onConflict = '',
): Promise<void> {
  const types = table.columns.map(([, type]) => type);
  const columns = table.columns.map(([name]) => name).join(', ');
  let before: Promise<unknown> | undefined;
  for (let start = 0; start < rows.length; start += rowsAStatement) {
    const { sql: source, values } = unnested(types, rows.slice(start, start + rowsAStatement));
    await before;
    before = sql.query(`insert into ${into} (${columns}) select * from ${source} ${onConflict}`, values);
  }
  await before;
}
