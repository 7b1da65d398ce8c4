import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 (section 2.1): leaves and inner nodes are hashed under different first bytes, so
 * that neither passes for the other; of an odd number of nodes, the last goes up unhashed.
 */
const leafTag = 0;
const nodeTag = 1;
const digestBytes = 32;

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** The hash of one leaf's bytes, given in parts. */
export function leafHash(...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(1 + parts.reduce((sum, part) => sum + part.length, 0));
  bytes[0] = leafTag;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return sha256(bytes);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + 2 * digestBytes);
  bytes[0] = nodeTag;
  bytes.set(left, 1);
  bytes.set(right, 1 + digestBytes);
  return sha256(bytes);
}

function levelAbove(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] as Uint8Array;
    const right = level[i + 1];
    above.push(right ? nodeHash(left, right) : left);
  }
  return above;
}

/** The root over the leaves' hashes; of none, the hash of nothing. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256(new Uint8Array());
  let level = leaves;
  while (level.length > 1) level = levelAbove(level);
  return Buffer.from(level[0] as Uint8Array);
}

/** What proves that the leaf at `index` is under the root: the hashes beside its way up, lowest first. */
export function inclusionPath(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let at = index;
  for (let level = leaves; level.length > 1; level = levelAbove(level)) {
    const beside = level[at ^ 1];
    if (beside) path.push(beside);
    at >>= 1;
  }
  return path;
}

/** The root that leaf and path lead to in a tree of `size` leaves; null where the path does not fit such a tree. */
export function rootOfPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Buffer | null {
  if (index < 0 || index >= size) return null;
  let node = leaf;
  let at = index;
  let used = 0;
  for (let width = size; width > 1; width = (width + 1) >> 1) {
    if ((at ^ 1) < width) {
      const beside = path[used++];
      if (!beside) return null;
      node = at & 1 ? nodeHash(beside, node) : nodeHash(node, beside);
    }
    at >>= 1;
  }
  return used === path.length ? Buffer.from(node) : null;
}
