import { expect, test } from 'vitest';
import { ndcg, pairedBootstrap, precision, recall, reciprocalRank } from './index.ts';

const judged = new Map([
  ['a', 3],
  ['b', 1],
  ['c', 0],
  ['d', 2],
]);

test('nDCG has the grade as gain and the logarithm of the place as discount', () => {
  expect(ndcg(['a', 'd', 'b'], judged, 10)).toBe(1);
  expect(ndcg(['b', 'x', 'a'], judged, 10)).toBeCloseTo((1 + 3 / 2) / (3 + 2 / Math.log2(3) + 1 / 2));
  expect(ndcg(['c', 'x'], judged, 10)).toBe(0);
  expect(ndcg(['x', 'a'], judged, 1)).toBe(0);
  expect(ndcg(['a'], new Map(), 10)).toBe(0);
});

test('recall, precision and the first relevant rank count what has a grade above 0', () => {
  const ranking = ['c', 'a', 'x', 'd'];
  expect([1, 2, 4].map((k) => recall(ranking, judged, k))).toEqual([0, 1 / 3, 2 / 3]);
  expect(precision(ranking, judged, 5)).toBeCloseTo(2 / 5);
  expect(reciprocalRank(ranking, judged)).toBe(1 / 2);
  expect(reciprocalRank(['c'], judged)).toBe(0);
  expect(recall(ranking, new Map(), 3)).toBe(0);
});

test('the bootstrap tells a steady difference from none, the same way every time', () => {
  const before = Array.from({ length: 200 }, (_, at) => (at % 10) / 10);
  const better = before.map((value, at) => value + 0.05 + (at % 3) / 100);
  const steady = pairedBootstrap(before, better);
  expect(steady.mean).toBeCloseTo(0.06, 2);
  expect(steady.low).toBeGreaterThan(0.05);
  expect(steady.high).toBeLessThan(0.07);
  expect(pairedBootstrap(before, better)).toEqual(steady);
  const shuffled = pairedBootstrap(before, [...before].reverse());
  expect(shuffled.low).toBeLessThan(0);
  expect(shuffled.high).toBeGreaterThan(0);
  expect(pairedBootstrap([], [])).toEqual({ mean: 0, low: 0, high: 0 });
});
