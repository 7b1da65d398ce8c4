import type { BlobStore, RevisionState } from '../documents/index.ts';
import { decodeIndex } from '../ingestion/index.ts';
import type { IndexedRevision } from '../retrieval/index.ts';

export interface LoadPorts {
  readonly blobs: BlobStore;
  /** What is said of a document that filters look at, and may be about people: its source and its author. */
  readonly detailsOf: (
    tenant: string,
    revision: RevisionState,
  ) => Promise<{ readonly source?: string; readonly author?: string }>;
}

export interface LoadedRevision {
  readonly revision: IndexedRevision;
  /** One after the other. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
}

export async function wholeBlob(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

/** The canonical text of a revision; empty where it was never extracted. */
export const textOfRevision = async (
  { blobs }: Pick<LoadPorts, 'blobs'>,
  tenant: string,
  { department, extracted }: RevisionState,
): Promise<string> =>
  extracted ? (await wholeBlob(blobs.read({ tenant, owner: department }, extracted.text))).toString() : '';

/** A revision as an index takes it, from its blobs. */
export async function loadRevision(
  ports: LoadPorts,
  tenant: string,
  live: RevisionState,
): Promise<LoadedRevision> {
  const place = { tenant, owner: live.department };
  const [text, stored, details] = await Promise.all([
    textOfRevision(ports, tenant, live),
    wholeBlob(ports.blobs.read(place, live.indexed?.index ?? '')).then(decodeIndex),
    ports.detailsOf(tenant, live),
  ]);
  const { vectors, dimensions } = stored;
  const revision: IndexedRevision = {
    department: live.department,
    document: live.document,
    revision: String(live.revision),
    type: live.extracted?.type ?? '',
    tags: live.tags,
    privacy: live.privacy,
    date: live.date ?? new Date(live.at).toISOString(),
    language: live.extracted?.language ?? 'und',
    ...details,
    stamp: live.indexed?.index ?? '',
    chunks: stored.chunks.map(({ heading, context, ...chunk }, n) => ({
      ...chunk,
      text: text.slice(chunk.start, chunk.end),
      ...(heading === undefined && context === undefined
        ? {}
        : { context: [heading, context].filter((one) => one !== undefined).join('\n') }),
      ...(vectors.length > 0 ? { vector: vectors.subarray(n * dimensions, (n + 1) * dimensions) } : {}),
    })),
  };
  return { revision, vectors, dimensions };
}
