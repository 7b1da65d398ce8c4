import { z } from 'zod';
import { api, type Local } from './local.ts';

/** Every row of a list of the API, page after page. */
export async function allRows<Row>(here: Local, path: string, row: z.ZodType<Row>): Promise<Row[]> {
  const page = z.object({ data: z.array(row), nextCursor: z.string().nullable() });
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { data, nextCursor } = page.parse(
      await (await api(here, 'GET', `${path}?limit=500${query}`)).json(),
    );
    rows.push(...data);
    cursor = nextCursor;
  }
  return rows;
}
