import type { Sql } from '../ports.ts';
import { type conditions, decodeCursor, limitOf, type Page, type PageOptions, pageOf } from './page.ts';

/** A page of a view, in the order of text columns that name each row. */
export async function listRows<Row extends object>(
  sql: Sql,
  {
    select,
    from,
    order,
    newestFirst = false,
    query,
    page,
  }: {
    readonly select: string;
    readonly from: string;
    readonly order: readonly string[];
    readonly newestFirst?: boolean;
    readonly query: ReturnType<typeof conditions>;
    readonly page: PageOptions;
  },
): Promise<Page<Row>> {
  const limit = limitOf(page);
  if (page.cursor !== undefined) {
    const [first, ...rest] = decodeCursor(
      page.cursor,
      order.map(() => 'text'),
    );
    const others = rest.map((value) => query.parameter(value));
    query.add(
      (p) => `(${order.join(', ')}) ${newestFirst ? '<' : '>'} (${[p, ...others].join(', ')})`,
      first,
    );
  }
  const direction = newestFirst ? ' desc' : '';
  const { rows } = await sql.query<Row & { cursor_of: string[] }>(
    `select ${select}, array[${order.join(', ')}] as cursor_of from ${from} ${query.where}
     order by ${order.map((column) => column + direction).join(', ')} limit ${limit + 1}`,
    query.values,
  );
  return pageOf<Row & { cursor_of: string[] }, Row>(
    rows,
    limit,
    (row) => row,
    (row) => row.cursor_of,
  );
}
