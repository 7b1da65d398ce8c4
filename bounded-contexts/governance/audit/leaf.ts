import type { StoredCommit } from '../../kernel/index.ts';
import { leafHash } from './merkle.ts';

const tag = Buffer.from('daybook.commit.1\0');
const fixed = tag.length + 8 + 4;

/**
 * The leaf of a stored commit as it would be at `sequence`: tag, sequence (u64), length of the subject (u32),
 * subject, stored bytes. The length keeps subject and body apart.
 */
export function leafAt(sequence: number, { subject, body }: Pick<StoredCommit, 'subject' | 'body'>): Buffer {
  const name = Buffer.from(subject);
  const head = Buffer.allocUnsafe(fixed);
  head.set(tag, 0);
  head.writeBigUInt64BE(BigInt(sequence), tag.length);
  head.writeUInt32BE(name.length, tag.length + 8);
  return leafHash(head, name, body);
}

const digestBytes = 32;

/** The stored form of a checkpoint's leaves, and back. Null where it is not a whole number of hashes. */
export const joinHashes = (leaves: readonly Uint8Array[]): string => Buffer.concat(leaves).toString('base64');

export function splitHashes(text: string): Buffer[] | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % digestBytes !== 0) return null;
  return Array.from({ length: bytes.length / digestBytes }, (_, i) =>
    bytes.subarray(i * digestBytes, (i + 1) * digestBytes),
  );
}
