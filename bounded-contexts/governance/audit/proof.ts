import { z } from 'zod';
import { eventCatalogue } from '../../../schemas/events/index.ts';
import type { StoredCommit } from '../../kernel/index.ts';
import { isSignedBy, type SignedCheckpoint } from './checkpoint.ts';
import type { PublicKey } from './keys.ts';
import { leafAt, splitHashes } from './leaf.ts';
import { inclusionPath, rootOfPath } from './merkle.ts';

const checkpoint = eventCatalogue['audit.checkpoint.signed'].schema.omit({ hashes: true });

/** That one commit is under one signed root: all that a stranger needs to check it, but the public key. */
const inclusionProof = z.object({
  format: z.literal('daybook-inclusion-1'),
  sequence: z.number().int().min(1),
  subject: z.string(),
  /** The stored bytes, in base64. */
  body: z.base64(),
  /** Lowest first, in base64url. */
  path: z.array(z.string()),
  checkpoint,
});
export type InclusionProof = z.infer<typeof inclusionProof>;

/** Null where the commit does not lie in the checkpoint's range. */
export function proveInclusion(record: StoredCommit, by: SignedCheckpoint): InclusionProof | null {
  const leaves = splitHashes(by.hashes);
  const { sequence, subject, body } = record;
  const index = sequence - by.from;
  if (!leaves || record.stream !== by.stream || index < 0 || sequence > by.to) return null;
  const { hashes: _, ...signed } = by;
  return {
    format: 'daybook-inclusion-1',
    sequence,
    subject,
    body: Buffer.from(body).toString('base64'),
    path: inclusionPath(leaves, index).map((hash) => Buffer.from(hash).toString('base64url')),
    checkpoint: signed,
  };
}

/** What is wrong with a proof, in words; null where it holds. */
export function checkInclusion(proof: unknown, keys: readonly PublicKey[]): string | null {
  const { data: found } = inclusionProof.safeParse(proof);
  if (!found) return 'This is no proof of inclusion.';
  const { sequence, subject, body, path, checkpoint: by } = found;
  const key = keys.find(({ id }) => id === by.key);
  if (!key) return `Its checkpoint is signed with a key that is not trusted (${by.key}).`;
  if (!isSignedBy(key, { ...by, hashes: '' })) return 'Its checkpoint has a signature that is not its own.';
  const root = rootOfPath(
    leafAt(sequence, { subject, body: Buffer.from(body, 'base64') }),
    sequence - by.from,
    by.leaves,
    path.map((hash) => Buffer.from(hash, 'base64url')),
  );
  if (root?.toString('base64url') !== by.root) return `Commit ${sequence} is not what was sealed.`;
  return null;
}
