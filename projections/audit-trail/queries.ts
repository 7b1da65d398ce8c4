import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { conditions, decodeCursor, limitOf, type Page, type PageOptions, pageOf } from '../runtime/page.ts';

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  /** A key, `cli`, `anonymous`, or `<role>:<instance>` of a process. */
  readonly actor: string;
  /** The person that the key acts for. */
  readonly actingFor: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly outcome: 'done' | 'refused';
  readonly reason: string | null;
  readonly route: string | null;
  /** Sealed. */
  readonly address: string | null;
  readonly request: string | null;
  readonly leftOut: number | null;
  readonly position: Position;
}

export interface AuditFilter extends PageOptions {
  /** One of these, as actor or as the person that it acts for. */
  readonly actors?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  /** An action, or the beginning of some up to a dot: `key`. */
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  /** From (inclusive) to (exclusive). */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** The audit trail in the reverse order of the log. */
export async function listAudit(
  store: ReadStore,
  tenant: string,
  filter: AuditFilter = {},
): Promise<Page<AuditRow>> {
  const limit = limitOf(filter);
  const query = conditions();
  query.add((p) => `(actor = any(${p}) or acting_for = any(${p}))`, filter.actors);
  query.add((p) => `target = any(${p})`, filter.targets);
  query.add((p) => `(action = ${p} or starts_with(action, ${p} || '.'))`, filter.action);
  query.add((p) => `outcome = ${p}`, filter.outcome);
  query.add((p) => `at >= ${p}`, filter.from?.toISOString());
  query.add((p) => `at < ${p}`, filter.to?.toISOString());
  if (filter.cursor !== undefined) {
    const [id] = decodeCursor(filter.cursor, ['text']);
    query.add(
      (p) =>
        `(sequence, event_index) < (select sequence, event_index from read.audit_trail where id = ${p} limit 1)`,
      id,
    );
  }
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<AuditRow>(
      `select id, at, actor, acting_for as "actingFor", action, target, outcome, reason, route, address, request,
         left_out as "leftOut", position
       from read.audit_trail ${query.where} order by sequence desc, event_index desc limit ${limit + 1}`,
      query.values,
    ),
  );
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => [row.id],
  );
}
