import type { QdrantClient } from '@qdrant/js-client-rest';
import { type Head, headOf, pointId } from './payload.ts';

export type Heads = ReadonlyMap<string, Head>;

export const headId = (tenant: string, document: string): string => pointId('head', tenant, document);

/** The heads of some documents, as they are now. Documents without one are not there, or not yet. */
export async function readHeads(
  client: QdrantClient,
  collection: string,
  tenant: string,
  documents: readonly string[],
): Promise<Heads> {
  if (documents.length === 0) return new Map();
  const points = await client.retrieve(collection, {
    ids: documents.map((document) => headId(tenant, document)),
    with_payload: ['document', 'generation', 'putAt', 'stamp'],
  });
  return new Map(points.map(({ payload }) => headOf(payload)).map((head) => [head.document, head]));
}

/** By so much the clocks of two machines may differ. */
const clocksDiffer = 60_000;

/**
 * Whether these heads were the same while the search ran, which began at `begun`: they were seen before it, or were
 * set long ago. Then what it found is what a reader at that moment would have: each document's old put or its new one.
 */
export const settled = (heads: Heads, seenBefore: Heads, begun: number): boolean =>
  [...heads.values()].every(
    ({ document, generation, putAt }) =>
      seenBefore.get(document)?.generation === generation || putAt < begun - clocksDiffer,
  );
