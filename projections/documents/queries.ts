import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { DocumentStatus, PrivacyLevel } from '../../schemas/knowledge.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions } from '../runtime/page.ts';

export interface DocumentRow {
  readonly document: string;
  readonly department: string;
  readonly revision: number;
  /** The revision that is found; null where none is. */
  readonly liveRevision: number | null;
  readonly status: DocumentStatus;
  /** The content id of its details. */
  readonly details: string;
  readonly bytes: string;
  readonly tags: readonly string[];
  readonly privacy: PrivacyLevel;
  readonly date: string | null;
  readonly type: string | null;
  readonly language: string | null;
  readonly chars: number | null;
  readonly pages: number | null;
  readonly notes: readonly string[] | null;
  readonly chunks: number | null;
  readonly model: string | null;
  readonly failureCode: string | null;
  readonly failureReason: string | null;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly position: Position;
}

const select = `id as document, department, revision, live_revision as "liveRevision", status, details, bytes, tags,
  privacy, date, type, language, chars, pages, notes, chunks, model, failure_code as "failureCode",
  failure_reason as "failureReason", attempts, created_at as "createdAt", changed_at as "changedAt", position`;

export interface DocumentFilter extends PageOptions {
  readonly department: string;
  /** Default: all but the deleted. */
  readonly status?: DocumentStatus | undefined;
  readonly tag?: string | undefined;
  readonly type?: string | undefined;
}

/** A department's documents, oldest first. */
export async function listDocuments(
  store: ReadStore,
  tenant: string,
  { department, status, tag, type, ...page }: DocumentFilter,
): Promise<Page<DocumentRow>> {
  const query = conditions();
  query.add((p) => `department = ${p}`, department);
  if (status === undefined) query.add((p) => `status <> ${p}`, 'deleted');
  query.add((p) => `status = ${p}`, status);
  query.add((p) => `tags @> ${p}::jsonb`, tag === undefined ? undefined : JSON.stringify([tag]));
  query.add((p) => `type = ${p}`, type);
  return store.withTenant(tenant, (sql) =>
    listRows<DocumentRow>(sql, { select, from: 'read.documents', order: ['id'], query, page }),
  );
}

/** Null where there is none. */
export async function getDocument(
  store: ReadStore,
  tenant: string,
  document: string,
): Promise<DocumentRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<DocumentRow>(`select ${select} from read.documents where id = $1`, [document]),
  );
  return rows[0] ?? null;
}
