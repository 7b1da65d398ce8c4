import type { ContentPlace, Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';

/** Where contents lie, by their ids; those that are unknown (or not indexed yet) are missing. */
export async function findContents(
  store: ReadStore,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ContentPlace & { readonly dataSubject: string }>> {
  if (ids.length === 0) return new Map();
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ id: string; position: Position; content_index: number; data_subject: string }>(
      'select id, position, content_index, data_subject from read.content_index where id = any($1)',
      [ids],
    ),
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { position: row.position, index: row.content_index, dataSubject: row.data_subject },
    ]),
  );
}

/** Where all lies that a data subject's key sealed, by id, in pages. */
export async function* contentsOf(
  store: ReadStore,
  tenant: string,
  subject: string,
  pageSize = 500,
): AsyncGenerator<readonly (ContentPlace & { readonly id: string })[]> {
  for (let after = ''; ; ) {
    const { rows } = await store.withTenant(tenant, (sql) =>
      sql.query<ContentPlace & { readonly id: string }>(
        `select id, position, content_index as index from read.content_index
         where data_subject = $1 and id > $2 order by id limit ${pageSize}`,
        [subject, after],
      ),
    );
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.id ?? '';
  }
}
