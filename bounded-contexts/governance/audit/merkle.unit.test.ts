import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inclusionPath, leafHash, merkleRoot, rootOfPath } from './merkle.ts';

/** The tree as RFC 6962 defines it, by recursion: slower, and plainly what the text says. */
function defined(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return Buffer.from(leaves[0] as Uint8Array);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(defined(leaves.slice(0, k)))
    .update(defined(leaves.slice(k)))
    .digest();
}

const leaves = (least: number) =>
  fc.array(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => leafHash(bytes)),
    { minLength: least, maxLength: 70 },
  );

describe('the tree', () => {
  // The leaves and roots that implementations of Certificate Transparency test themselves with.
  const known = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  test.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('over the first %i known leaves has the known root', (count, root) => {
    const hashes = known.slice(0, count).map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(merkleRoot(hashes).toString('hex')).toBe(root);
  });

  test('of any size has the root that the definition gives', () => {
    fc.assert(fc.property(leaves(0), (all) => merkleRoot(all).equals(defined(all))));
  });

  test('a leaf is never an inner node: the same bytes hash otherwise', () => {
    const [a, b] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    expect(leafHash(a, b).equals(merkleRoot([a, b]))).toBe(false);
  });
});

describe('a proof of inclusion', () => {
  const withIndex = leaves(1).chain((all) => fc.tuple(fc.constant(all), fc.nat(all.length - 1)));

  test('leads from each leaf to the root, in at most as many steps as the tree is high', () => {
    fc.assert(
      fc.property(withIndex, ([all, index]) => {
        const path = inclusionPath(all, index);
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(Math.max(all.length, 2))));
        expect(rootOfPath(all[index] as Buffer, index, all.length, path)).toEqual(merkleRoot(all));
      }),
    );
  });

  test('holds for no other leaf, place or path, and for no longer or shorter path', () => {
    fc.assert(
      fc.property(withIndex, fc.nat(), ([all, index], n) => {
        const root = merkleRoot(all);
        const leaf = all[index] as Buffer;
        const path = inclusionPath(all, index);
        const leads = (...args: Parameters<typeof rootOfPath>) => rootOfPath(...args)?.equals(root) ?? false;
        expect(leads(leafHash(leaf), index, all.length, path)).toBe(false);
        expect(leads(leaf, index, all.length, [...path, leaf])).toBe(false);
        expect(leads(leaf, all.length, all.length, path)).toBe(false);
        expect(leads(leaf, -1, all.length, path)).toBe(false);
        if (path.length === 0) return;
        expect(leads(leaf, index, all.length, path.slice(1))).toBe(false);
        const changed = path.map((hash, at) => (at === n % path.length ? leafHash(hash) : hash));
        expect(leads(leaf, index, all.length, changed)).toBe(false);
        const other = (index + 1 + (n % (all.length - 1))) % all.length;
        if (!(all[other] as Buffer).equals(leaf)) expect(leads(leaf, other, all.length, path)).toBe(false);
      }),
    );
  });
});
