import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../ports.ts';
import { decodeCursor, limitOf, type Page, type PageOptions, pageOf } from '../runtime/page.ts';

export interface WorkflowVersion {
  readonly workflow: string;
  readonly version: number;
  readonly hash: string;
  readonly note: string | null;
  /** The content id of the definition; its data subject is the workflow's own. */
  readonly definition: string;
  readonly publishedAt: Date;
  readonly actor: string;
  readonly position: Position;
}

const select = `select workflow, version, hash, note, definition, published_at as "publishedAt", actor, position
  from read.workflow_versions`;

/** Versions of a workflow, newest first. */
export async function listWorkflowVersions(
  store: ReadStore,
  tenant: string,
  workflow: string,
  options: PageOptions = {},
): Promise<Page<WorkflowVersion>> {
  const limit = limitOf(options);
  const before =
    options.cursor === undefined ? null : (decodeCursor(options.cursor, ['integer'])[0] as string);
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<WorkflowVersion>(
      `${select} where workflow = $1 and ($2::int is null or version < $2::int)
       order by version desc limit ${limit + 1}`,
      [workflow, before],
    ),
  );
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => [String(row.version)],
  );
}

/** Null where there is no such version. */
export async function getWorkflowVersion(
  store: ReadStore,
  tenant: string,
  workflow: string,
  version: number,
): Promise<WorkflowVersion | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<WorkflowVersion>(`${select} where workflow = $1 and version = $2`, [workflow, version]),
  );
  return rows[0] ?? null;
}
