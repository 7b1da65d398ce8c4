import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Span } from '../text/index.ts';
import { diversify, type Hit, marginOf, overlap, passagesOf, reranked, shouldRerank } from './index.ts';

const hit = (document: string, score: number, span: Span, parent?: Span): Hit => ({
  department: 'd',
  document,
  revision: '1',
  type: 'txt',
  tags: [],
  privacy: 'open',
  date: '2026-01-01',
  language: 'en',
  chunk: { ordinal: 0, text: document, ...span, ...(parent ? { parent } : {}) },
  score,
  parts: {},
});

test('what says the same as a better hit gives way to what says something else', () => {
  const hits = [
    { score: 1, terms: new Set(['late', 'parcel']) },
    { score: 0.95, terms: new Set(['late', 'parcel']) },
    { score: 0.8, terms: new Set(['wrong', 'colour']) },
  ];
  const similarity = (a: (typeof hits)[number], b: (typeof hits)[number]) => overlap(a.terms, b.terms);
  expect(diversify(hits, 2, { similarity }).map(({ score }) => score)).toEqual([1, 0.8]);
  expect(diversify(hits, 3, { lambda: 1, similarity }).map(({ score }) => score)).toEqual([1, 0.95, 0.8]);
  expect(diversify([], 3, { similarity })).toEqual([]);
});

test('diversity chooses among the hits, each at most once, beginning with the best', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true })), fc.nat({ max: 12 }), (scores, k) => {
      const hits = scores.sort((a, b) => b - a).map((score, id) => ({ score, id }));
      const chosen = diversify(hits, k, { similarity: (a, b) => ((a.id * 7 + b.id) % 10) / 10 });
      expect(new Set(chosen).size).toBe(Math.min(k, hits.length));
      if (k > 0) expect(chosen[0]).toBe(hits[0]);
    }),
  );
});

test('hits become their parents; spans that touch become one, of its best hit', () => {
  const parent = { start: 0, end: 100 };
  const passages = passagesOf([
    hit('a', 0.9, { start: 200, end: 220 }),
    hit('a', 0.8, { start: 10, end: 20 }, parent),
    hit('b', 0.7, { start: 0, end: 9 }),
    hit('a', 0.6, { start: 30, end: 40 }, parent),
    hit('a', 0.5, { start: 90, end: 130 }),
  ]);
  expect(
    passages.map(({ document, start, end, score, hits }) => [document, start, end, score, hits.length]),
  ).toEqual([
    ['a', 200, 220, 0.9, 1],
    ['a', 0, 130, 0.8, 3],
    ['b', 0, 9, 0.7, 1],
  ]);
});

test('passages are in the order in which hits are given, whatever they scored', () => {
  const passages = passagesOf([
    hit('a', 0.1, { start: 50, end: 60 }),
    hit('b', 0.9, { start: 0, end: 9 }),
    hit('a', 0.8, { start: 60, end: 70 }),
  ]);
  expect(passages.map(({ document, score, hits }) => [document, score, hits.length])).toEqual([
    ['a', 0.1, 2],
    ['b', 0.9, 1],
  ]);
});

test('the premium tier is always ranked again, others where the lead is not clear', () => {
  const clear = marginOf([{ score: 1 }, { score: 0.5 }]);
  expect(clear).toBe(0.5);
  expect([marginOf([]), marginOf([{ score: 2 }]), marginOf([{ score: 0 }, { score: 0 }])]).toEqual([0, 1, 0]);
  expect(shouldRerank({ tier: 3, margin: clear })).toBe(true);
  expect(shouldRerank({ tier: 1, margin: clear })).toBe(false);
  expect(shouldRerank({ tier: 1, margin: 0.05 })).toBe(true);
  expect(shouldRerank({ tier: 0, margin: clear, clear: 0.6 })).toBe(true);
});

test('ranking again orders by the reranker and keeps what the search said', async () => {
  const byLength = {
    rerank: async (_: string, texts: readonly string[]) => texts.map((text) => text.length),
    close: async () => {},
  };
  const hits = [hit('a', 0.9, { start: 0, end: 1 }), hit('long', 0.1, { start: 0, end: 1 })];
  expect(
    (await reranked(byLength, 'q', hits)).map(({ document, score, rerankScore }) => [
      document,
      score,
      rerankScore,
    ]),
  ).toEqual([
    ['long', 0.1, 4],
    ['a', 0.9, 1],
  ]);
  expect(await reranked(byLength, 'q', [])).toEqual([]);
});
