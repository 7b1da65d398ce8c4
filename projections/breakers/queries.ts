import type { ReadStore } from '../ports.ts';
import { conditions, decodeCursor, limitOf, type Page, type PageOptions, pageOf } from '../runtime/page.ts';

export interface BreakerChange {
  readonly model: string;
  readonly at: Date;
  /** `released`: the call that probed ended without a verdict, so that another one may probe. */
  readonly change: 'opened' | 'probed' | 'released' | 'closed';
  /** Of an opening: what opened it, the last error code, and when a call may probe. */
  readonly cause: string | null;
  readonly code: string | null;
  readonly probeAt: Date | null;
  /** The failed calls that opened it; the call that probed, gave back or closed it. */
  readonly invocations: readonly string[];
}

interface Row extends BreakerChange {
  readonly cursor_at: string;
  readonly position: string;
}

const columns = `model, at, change, cause, code, probe_at as "probeAt", invocations, at::text as cursor_at, position`;

const changeOf = ({ cursor_at: _at, position: _position, ...change }: Row): BreakerChange => change;

export interface BreakerFilter extends PageOptions {
  readonly model?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Changes of circuits, newest first. */
export async function listBreakerChanges(
  store: ReadStore,
  tenant: string,
  filter: BreakerFilter = {},
): Promise<Page<BreakerChange>> {
  const limit = limitOf(filter);
  const query = conditions();
  query.add((p) => `model = ${p}`, filter.model);
  query.add((p) => `at >= ${p}`, filter.from?.toISOString());
  query.add((p) => `at < ${p}`, filter.to?.toISOString());
  if (filter.cursor !== undefined) {
    const [at, position] = decodeCursor(filter.cursor, ['time', 'text']);
    query.add((p) => `(at, position) < (${p}::timestamptz, ${query.parameter(position)})`, at);
  }
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Row>(
      `select ${columns} from read.breaker_changes ${query.where}
       order by at desc, position desc limit ${limit + 1}`,
      query.values,
    ),
  );
  return pageOf(rows, limit, changeOf, (row) => [row.cursor_at, row.position]);
}

/** What each circuit was at a moment: its last change until then. Those that never changed were closed. */
export async function breakersAt(store: ReadStore, tenant: string, at: Date): Promise<BreakerChange[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Row>(
      `select distinct on (model) ${columns} from read.breaker_changes
       where at <= $1 order by model, at desc, position desc`,
      [at.toISOString()],
    ),
  );
  return rows.map(changeOf);
}
