import { expect, test } from 'vitest';
import { fuse, type Scored } from './index.ts';

const list = (...scores: (readonly [string, number])[]): Scored<string>[] =>
  scores.map(([key, score]) => ({ key, item: key, score }));
const keyword = list(['a', 10], ['b', 8], ['c', 2]);
const dense = list(['b', 0.6], ['d', 0.5], ['a', 0.2]);

test('hybrid is 0.7 of the cosine, from -1 to 1, and 0.3 of BM25, from 0 to the most that was found', () => {
  const fused = fuse({ mode: 'hybrid', keyword, dense });
  expect(fused.map(({ key }) => key)).toEqual(['b', 'a', 'd', 'c']);
  expect(fused[0]).toMatchObject({
    parts: { keyword: { score: 8, rank: 2 }, dense: { score: 0.6, rank: 1 } },
  });
  expect(fused[0]?.score).toBeCloseTo(0.3 * 0.8 + 0.7 * 0.8);
  expect(fused[2]?.parts).toEqual({ dense: { score: 0.5, rank: 2 } });
  expect(fused[2]?.score).toBeCloseTo(0.7 * 0.75);
  // Not among the nearest: at most as near as the last of them.
  expect(fused[3]?.score).toBeCloseTo(0.3 * 0.2 + 0.7 * 0.6);
  const keywordAlone = fuse({ mode: 'hybrid', keyword, dense, weights: { dense: 0, keyword: 1 } });
  expect(keywordAlone.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
});

test('what only one kind found is judged by the other too, where its score can be had, and has no rank there', () => {
  const missing = { keyword: () => 9, dense: () => -0.4 };
  const fused = fuse({ mode: 'hybrid', keyword, dense, missing });
  expect(fused.find(({ key }) => key === 'd')?.parts).toEqual({
    keyword: { score: 9 },
    dense: { score: 0.5, rank: 2 },
  });
  expect(fused.find(({ key }) => key === 'c')?.parts.dense).toEqual({ score: -0.4 });
});

test('reciprocal rank fusion counts places, not scores', () => {
  const fused = fuse({ mode: 'rrf', keyword, dense, missing: { keyword: () => 99, dense: () => 1 } });
  expect(fused.map(({ key }) => key)).toEqual(['b', 'a', 'd', 'c']);
  expect(fused[0]?.score).toBeCloseTo(1 / 62 + 1 / 61);
});

test('a kind that found nothing takes no part', () => {
  const only = fuse({ mode: 'hybrid', keyword, dense: [], missing: { keyword: () => 1, dense: () => 1 } });
  expect(only.map(({ key, parts }) => [key, Object.keys(parts)])).toEqual([
    ['a', ['keyword']],
    ['b', ['keyword']],
    ['c', ['keyword']],
  ]);
});
