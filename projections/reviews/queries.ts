import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface ReviewRow {
  readonly review: string;
  readonly kind: string;
  readonly department: string;
  readonly query: string;
  readonly dataSubject: string;
  /** Content ids. */
  readonly question: string;
  readonly draft: string;
  readonly reasons: readonly string[];
  readonly status: 'open' | 'resolved';
  readonly requestedAt: Date;
  readonly resolution: 'approved' | 'corrected' | 'rejected' | null;
  readonly decidedBy: string | null;
  readonly answer: string | null;
  readonly document: string | null;
  readonly position: Position;
}

const select = `id as review, kind, department, query, data_subject as "dataSubject", question, draft, reasons, status,
  requested_at as "requestedAt", resolution, decided_by as "decidedBy", answer, document, position`;

export interface ReviewFilter extends PageOptions {
  readonly status?: 'open' | 'resolved' | undefined;
  /** Only of these. */
  readonly departments?: readonly string[] | undefined;
}

/** Review tasks, oldest first. */
export async function listReviews(
  store: ReadStore,
  tenant: string,
  { status, departments, ...page }: ReviewFilter,
): Promise<Page<ReviewRow>> {
  const query = conditions();
  query.add((p) => `status = ${p}`, status);
  query.add((p) => `department = any(${p})`, departments);
  return store.withTenant(tenant, (sql) =>
    listRows<ReviewRow>(sql, { select, from: 'read.reviews', order: ['id'], query, page }),
  );
}

/** Null where there is none. */
export async function getReview(store: ReadStore, tenant: string, review: string): Promise<ReviewRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<ReviewRow>(`select ${select} from read.reviews where id = $1`, [review]),
  );
  return rows[0] ?? null;
}

/** The tasks about these questions. */
export async function reviewsOf(
  store: ReadStore,
  tenant: string,
  queries: readonly string[],
): Promise<readonly ReviewRow[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<ReviewRow>(`select ${select} from read.reviews where query = any($1) order by id`, [queries]),
  );
  return rows;
}
