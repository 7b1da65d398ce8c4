import type { Session } from '../ports.ts';
import { physical, type Tabled } from './generations.ts';

/** How one table differs between the live generation and the one rebuilt from zero. */
export interface TableDifference {
  readonly table: string;
  readonly liveRows: number;
  readonly rebuiltRows: number;
  /** Rows, as JSON, that only one of them has; at most {@link shown} of each. */
  readonly onlyLive: readonly unknown[];
  readonly onlyRebuilt: readonly unknown[];
}

const shown = 20;

/** Row count and a sum of row hashes, which does not depend on the order of rows. */
async function fingerprint(session: Session, table: string): Promise<{ rows: number; sum: string }> {
  const { rows } = await session.query<{ rows: string; sum: string }>(
    `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum from ${table} t`,
  );
  return { rows: Number(rows[0]?.rows), sum: rows[0]?.sum ?? '' };
}

async function only(session: Session, here: string, there: string): Promise<unknown[]> {
  const { rows } = await session.query<{ row: unknown }>(
    `select to_jsonb(d) as row from (select * from ${here} except all select * from ${there} limit ${shown}) d`,
  );
  return rows.map(({ row }) => row);
}

/** Compares two generations table by table. Both must stand at the same position, in one snapshot. */
export async function compareGenerations(
  session: Session,
  projector: Tabled,
  live: number,
  rebuilt: number,
): Promise<TableDifference[]> {
  const differences: TableDifference[] = [];
  for (const { name } of projector.tables) {
    const [a, b] = [physical(name, live), physical(name, rebuilt)];
    const [liveSum, rebuiltSum] = [await fingerprint(session, a), await fingerprint(session, b)];
    if (liveSum.rows === rebuiltSum.rows && liveSum.sum === rebuiltSum.sum) continue;
    differences.push({
      table: name,
      liveRows: liveSum.rows,
      rebuiltRows: rebuiltSum.rows,
      onlyLive: await only(session, a, b),
      onlyRebuilt: await only(session, b, a),
    });
  }
  return differences;
}
