import { DaybookError } from '../../schemas/errors.ts';
import { documentView } from '../../schemas/http/knowledge.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import { type Output, table } from './output.ts';
import { allRows } from './pages.ts';

const pathOf = (department: string, document?: string) =>
  `/api/v1/knowledge/${encodeURIComponent(department)}/documents${document === undefined ? '' : `/${encodeURIComponent(document)}`}`;

/** `knowledge list`: a department's documents, and how far each is. */
export async function listDocuments(
  { department, status }: { department: string; status?: string },
  out: Output,
): Promise<number> {
  const rows = await allRows(local(), pathOf(department), documentView);
  const shown = rows.filter((row) => status === undefined || row.status === status);
  const cells = shown.map((row) => [
    row.document,
    String(row.revision),
    row.status,
    row.type ?? '',
    row.chunks === null ? '' : String(row.chunks),
    row.name ?? '(redacted)',
    row.failure?.reason ?? '',
  ]);
  out.result(shown, table(['document', 'revision', 'status', 'type', 'chunks', 'name', 'failure'], cells));
  return exitCodes.ok;
}

/** `knowledge reindex`: the named documents, or all of a department, are read, cut and embedded anew. */
export async function reindexDocuments(
  named: readonly string[],
  { department, all }: { department: string; all?: boolean },
  out: Output,
): Promise<number> {
  if ((named.length === 0) !== (all === true))
    throw new DaybookError('request.invalid', 'Name documents, or say --all.');
  const here = local();
  const documents = all
    ? (await allRows(here, pathOf(department), documentView)).map(({ document }) => document)
    : named;
  for (const document of documents) await api(here, 'POST', `${pathOf(department, document)}/reindex`);
  out.result({ documents }, `${documents.length} documents wait to be read anew.`);
  return exitCodes.ok;
}

/** `knowledge delete`: they are found no more. */
export async function deleteDocuments(
  documents: readonly string[],
  { department }: { department: string },
  out: Output,
): Promise<number> {
  const here = local();
  for (const document of documents) await api(here, 'DELETE', pathOf(department, document));
  out.result({ documents }, `${documents.length} documents are deleted.`);
  return exitCodes.ok;
}
