import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceOf } from './compare.ts';

const place = fc
  .tuple(fc.constantFrom('doc_a', 'doc_b'), fc.nat(40), fc.integer({ min: 1, max: 20 }))
  .map(([document, start, length]) => ({ document, start, end: start + length }));
const answer = fc.record({
  passages: fc.array(place, { maxLength: 6 }),
  citations: fc.array(place, { maxLength: 4 }),
  outcome: fc.constantFrom('answered', 'not-found', 'escalated'),
});

test('an answer held against itself is the same; what is gained one way is lost the other way', () => {
  fc.assert(
    fc.property(answer, answer, (one, other) => {
      const { passages, citations, overlap } = differenceOf(one, one);
      expect([passages.gained, passages.lost, citations.gained, citations.lost]).toEqual([[], [], [], []]);
      expect(overlap).toBe(one.passages.length === 0 ? null : 1);
      const [there, back] = [differenceOf(one, other), differenceOf(other, one)];
      expect(there.passages.gained).toEqual(back.passages.lost);
      expect(there.citations.lost).toEqual(back.citations.gained);
    }),
  );
});

test('cut otherwise, a place that shares a part of the text is the same, and one that only touches it is not', () => {
  const of = (...passages: [document: string, start: number, end: number][]) => ({
    passages: passages.map(([document, start, end]) => ({ document, start, end })),
    citations: [],
    outcome: 'answered',
  });
  const before = of(['doc_a', 0, 10], ['doc_a', 10, 20], ['doc_b', 0, 10], ['doc_b', 30, 40]);
  expect(differenceOf(before, of(['doc_a', 5, 10], ['doc_b', 10, 31]))).toMatchObject({
    overlap: 0.5,
    passages: {
      before: 4,
      after: 2,
      gained: [],
      lost: [
        { document: 'doc_a', start: 10, end: 20 },
        { document: 'doc_b', start: 0, end: 10 },
      ],
    },
    outcome: { before: 'answered', after: 'answered' },
  });
});
