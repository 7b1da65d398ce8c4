import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leafAt } from './leaf.ts';
import { seenLeaves } from './seen-leaves.ts';

const stored = (stream: number, sequence: number) => ({
  stream,
  sequence,
  subject: 'es.00.acme.facts',
  body: new TextEncoder().encode(`${stream}/${sequence}`),
});

test('gives the leaves of a whole range or none, whatever was seen, and in whatever pieces', () => {
  const runs = fc.array(
    fc.record({
      stream: fc.nat(1),
      start: fc.integer({ min: 1, max: 60 }),
      length: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 8 },
  );
  const range = fc.record({
    stream: fc.nat(1),
    from: fc.integer({ min: 1, max: 90 }),
    length: fc.integer({ min: 1, max: 20 }),
  });
  let taken = 0;
  fc.assert(
    fc.property(runs, fc.array(range, { minLength: 1, maxLength: 5 }), (seen, ranges) => {
      const leaves = seenLeaves(30);
      for (const { stream, start, length } of seen)
        for (let i = 0; i < length; i++) leaves.see(stored(stream, start + i));
      for (const { stream, from, length } of ranges) {
        const got = leaves.take(stream, from, from + length - 1);
        if (!got) continue;
        taken++;
        expect(got).toEqual(Array.from({ length }, (_, i) => leafAt(from + i, stored(stream, from + i))));
        // What was taken is forgotten.
        expect(leaves.take(stream, from, from)).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(50);
});
