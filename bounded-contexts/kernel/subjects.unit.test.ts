import { expect, it } from 'vitest';
import { parseSubject, partitionOf, partitions, subjectOf } from './index.ts';

it('puts a tenant into the same partition for ever', () => {
  // Fixed samples: another hash would move histories away from where they lie.
  expect(['acme', 'umbrella', 'default', 't_1', 'ünïcode'].map(partitionOf)).toEqual([15, 5, 14, 15, 5]);
});

it('spreads tenants over all partitions', () => {
  const counts = new Array<number>(partitions).fill(0);
  for (let n = 0; n < 16_000; n++) {
    const partition = partitionOf(`tenant-${n}`);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(700);
  expect(Math.max(...counts)).toBeLessThan(1300);
});

it('is taken apart as it was put together, of an aggregate and of facts', () => {
  const partition = partitionOf('acme');
  expect(subjectOf('acme', 'ledger')).toBe(`es.${partition}.acme.ledger`);
  expect(parseSubject(subjectOf('acme', 'ledger'))).toEqual({
    partition,
    tenant: 'acme',
    family: 'ledger',
    id: undefined,
  });
  expect(parseSubject(subjectOf('acme', 'key', 'k_1'))).toMatchObject({ family: 'key', id: 'k_1' });
});

it('refuses what would be more than one token, or a wildcard', () => {
  for (const bad of ['', 'a.b', '*', '>', 'a b', 'ä', 'x'.repeat(81)]) {
    expect(() => subjectOf(bad, 'ledger')).toThrow(RangeError);
    expect(() => subjectOf('acme', 'key', bad)).toThrow(RangeError);
  }
});
