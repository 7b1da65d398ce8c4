import { blobsOf } from '../../bounded-contexts/knowledge/index.ts';
import { answersCiting } from '../../projections/queries.ts';
import type { ManagementPorts } from '../management/ports.ts';

/**
 * Removes for good what a deleted document leaves in the blob store: all but what another document has too (the same file is one
 * blob), and the canonical texts of revisions that answers cite, without which those could not be verified any more.
 */
export async function releaseBlobs(
  { log, blobs, store, knowledge }: Pick<ManagementPorts, 'log' | 'blobs' | 'store' | 'knowledge'>,
  tenant: string,
  department: string,
  document: string,
): Promise<void> {
  const named = await blobsOf(log, tenant, document);
  const cited = new Set(
    (await answersCiting(store, tenant, document, undefined)).map(({ revision }) => revision),
  );
  const kept = new Set(
    knowledge.library
      .others(tenant, document)
      .flatMap(({ present, live }) => [
        ...(present ? [present.blob] : []),
        ...[present, live].flatMap((one) => (one?.extracted ? [one.extracted.text] : [])),
        ...[present, live].flatMap((one) => (one?.indexed ? [one.indexed.index] : [])),
      ]),
  );
  for (const { blob, revision, kind } of named) {
    if (kept.has(blob) || (kind === 'text' && cited.has(revision))) continue;
    await blobs.remove({ tenant, owner: department }, blob);
  }
}
