import {
  type ContentReader,
  contentReader,
  type Position,
  type Redacted,
} from '../../bounded-contexts/kernel/index.ts';
import { findContents, type Page, waitFor } from '../../projections/queries.ts';
import type { ManagementPorts } from './ports.ts';

/** Waits until the named projections include the caller's `?after=`, where it gave one. */
export async function waitAfter(
  ports: ManagementPorts,
  token: string | undefined,
  projections: readonly string[],
): Promise<void> {
  if (token === undefined) return;
  const position: Position = ports.positions.decode(token);
  await waitFor(ports.store, position, projections);
}

const contentsMs = 1_000;

/**
 * Waits until these contents are to be found, where the caller gave `?after=`: they lie on a stream of their own, of
 * which the position of an event says nothing. What is not there within a second is shown as missing.
 */
export async function waitForContents(
  { store }: Pick<ManagementPorts, 'store'>,
  token: string | undefined,
  tenant: string,
  ids: readonly string[],
): Promise<void> {
  if (token === undefined) return;
  const wanted = new Set(ids);
  const deadline = performance.now() + contentsMs;
  for (let wait = 5; performance.now() < deadline; wait *= 2) {
    if ((await findContents(store, tenant, [...wanted])).size === wanted.size) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

export const pageBody = <Row, Shown>(
  { items, next }: Page<Row>,
  show: (row: Row) => Shown,
): { data: Shown[]; nextCursor: string | null } => ({
  data: items.map(show),
  nextCursor: next,
});

export function readerOf(ports: ManagementPorts): ContentReader {
  return contentReader({
    contents: ports.contentLog,
    vault: ports.vault,
    find: async (tenant, id) => (await findContents(ports.store, tenant, [id])).get(id) ?? null,
  });
}

/** A content as text; what was erased stays as it is said. */
export async function textOf(
  reader: ContentReader,
  content: Parameters<ContentReader['read']>[0],
): Promise<string | Redacted | null> {
  const found = await reader.read(content);
  return found === null || 'redacted' in found ? found : Buffer.from(found).toString();
}
