import type { ThemeRow } from '../answering/themes.ts';
import type { RevisionState } from '../documents/index.ts';
import { decodeIndex } from '../ingestion/index.ts';
import type { Filter } from '../retrieval/index.ts';
import { type LoadPorts, textOfRevision, wholeBlob } from './load-revision.ts';

const tables = new Set(['csv', 'json', 'jsonl']);
/** More is not counted at once. */
const mostRows = 500_000;

const any = (wanted: readonly string[] | undefined, given: readonly string[]): boolean =>
  wanted === undefined || given.some((one) => wanted.includes(one));

/** Whether a filter lets a revision through, as an index would; sources and authors are left to the index. */
export function passes(filter: Filter, live: RevisionState): boolean {
  const date = live.date ?? new Date(live.at).toISOString();
  return (
    filter.departments.includes(live.department) &&
    any(filter.privacy, [live.privacy]) &&
    any(filter.types, [live.extracted?.type ?? '']) &&
    any(filter.tags, live.tags) &&
    any(filter.languages, [live.extracted?.language ?? 'und']) &&
    any(filter.documents, [live.document]) &&
    (filter.from === undefined || date >= filter.from) &&
    (filter.to === undefined || date < filter.to)
  );
}

/** All rows of tables among these revisions, with their fields. */
export async function rowsOf(
  ports: Pick<LoadPorts, 'blobs'>,
  tenant: string,
  revisions: readonly RevisionState[],
): Promise<ThemeRow[]> {
  const rows: ThemeRow[] = [];
  for (const live of revisions) {
    if (!tables.has(live.extracted?.type ?? '') || !live.indexed) continue;
    const text = await textOfRevision(ports, tenant, live);
    const place = { tenant, owner: live.department };
    const { chunks } = decodeIndex(await wholeBlob(ports.blobs.read(place, live.indexed.index)));
    let before = -1;
    for (const { fields, ...chunk } of chunks) {
      if (rows.length >= mostRows) return rows;
      // A long row is several chunks, which name the same parent.
      const { start, end } = chunk.parent ?? chunk;
      if (!fields || start === before) continue;
      before = start;
      const { document, revision } = live;
      rows.push({ document, revision, start, end, text: text.slice(start, end), fields });
    }
  }
  return rows;
}
