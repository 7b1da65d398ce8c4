import { type Position, type Subject, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { conditions, decodeCursor, limitOf, type Page, type PageOptions, pageOf } from '../runtime/page.ts';

/** An event without its payload: `log.at(position)` finds that, in `commit.events[index]`. */
export interface IndexedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: Subject;
  readonly family: string;
  readonly aggregate: string | null;
  readonly at: Date;
  readonly actor: string;
  readonly correlation: string | null;
  readonly causation: string | null;
  readonly position: Position;
  readonly index: number;
  /** Its share of the commit's size. */
  readonly bytes: number;
}

interface Row extends Omit<IndexedEvent, 'id' | 'subject'> {
  readonly commit_id: string;
}

export interface EventFilter extends PageOptions {
  readonly type?: string | undefined;
  readonly family?: string | undefined;
  readonly aggregate?: string | undefined;
  readonly actor?: string | undefined;
  readonly correlation?: string | undefined;
  readonly causation?: string | undefined;
  /** From (inclusive) to (exclusive). */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Events in the reverse order of the log. */
export async function listEvents(
  store: ReadStore,
  tenant: string,
  filter: EventFilter = {},
): Promise<Page<IndexedEvent>> {
  const limit = limitOf(filter);
  const query = conditions();
  query.add((p) => `type = ${p}`, filter.type);
  query.add((p) => `family = ${p}`, filter.family);
  query.add((p) => `aggregate = ${p}`, filter.aggregate);
  query.add((p) => `actor = ${p}`, filter.actor);
  query.add((p) => `correlation = ${p}`, filter.correlation);
  query.add((p) => `causation = ${p}`, filter.causation);
  query.add((p) => `at >= ${p}`, filter.from?.toISOString());
  query.add((p) => `at < ${p}`, filter.to?.toISOString());
  // A page is at most as many runs as it has events, and the one that the cursor lies in.
  let beyond = '';
  if (filter.cursor !== undefined) {
    const [commit, index] = decodeCursor(filter.cursor, ['text', 'integer']);
    const sequence = `(select sequence from read.event_index where commit_id = ${query.parameter(commit)} limit 1)`;
    query.add((p) => {
      beyond = `where (sequence, index) < (${sequence}, ${p}::int)`;
      return `(sequence, first_index) <= (${sequence}, ${p}::int)`;
    }, index);
  }
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Row>(
      `select commit_id, index, type, family, aggregate, at, actor, correlation, causation, position, bytes
       from (
         select * from read.event_index ${query.where}
         order by sequence desc, first_index desc limit ${limit + 2}
       ) runs cross join lateral generate_series(first_index, last_index) as index
       ${beyond} order by sequence desc, index desc limit ${limit + 1}`,
      query.values,
    ),
  );
  return pageOf(
    rows,
    limit,
    ({ commit_id, ...row }) => ({
      ...row,
      id: `${commit_id}.${row.index}`,
      subject: subjectOf(tenant, row.family, row.aggregate ?? undefined),
    }),
    (row) => [row.commit_id, String(row.index)],
  );
}
