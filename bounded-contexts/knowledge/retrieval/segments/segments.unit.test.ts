import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyse } from '../analyser/index.ts';
import type { Filter, Hit, IndexedRevision } from '../ports.ts';
import { memoryIndex } from './index.ts';
import { topK } from './top-k.ts';

const words = ['wing', 'flow', 'heat', 'shock', 'plate', 'jet', 'layer', 'mach'];
const revision = fc.record({
  document: fc.constantFrom(...'abcdefghijk'),
  department: fc.constantFrom('hr', 'it'),
  privacy: fc.constantFrom('open', 'closed'),
  language: fc.constantFrom('en', 'pt'),
  chunks: fc.array(
    fc.record({
      text: fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((list) => list.join(' ')),
      vector: fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })),
    }),
    { maxLength: 4 },
  ),
});
type Made = typeof revision extends fc.Arbitrary<infer T> ? T : never;

const indexed = ({ chunks, ...rest }: Made, number = 0): IndexedRevision => ({
  ...rest,
  revision: String(number),
  type: 'txt',
  tags: [],
  date: '2026-01-01',
  chunks: chunks.map(({ text, vector }, ordinal) => ({
    ordinal,
    start: 0,
    end: text.length,
    text,
    vector: Float32Array.from(vector),
  })),
});

/** Puts, and removals where there is nothing but a name. */
const history = fc.array(
  fc.oneof({ weight: 4, arbitrary: revision }, { weight: 1, arbitrary: fc.constantFrom('a', 'b', 'c') }),
  {
    maxLength: 40,
  },
);

const outcome = (hits: readonly Hit[]) =>
  hits
    .map(({ document, revision, chunk, score, parts }) =>
      JSON.stringify([
        document,
        revision,
        chunk.ordinal,
        score.toFixed(9),
        parts.keyword?.score.toFixed(9),
        parts.dense?.score.toFixed(5),
      ]),
    )
    .sort();

const query = (filter: Filter, mode: 'keyword' | 'dense' | 'hybrid') => ({
  text: 'shock wing wing layers',
  language: 'en',
  vector: Float32Array.of(1, 2),
  mode,
  k: 200,
  filter,
});

test('after any history, an index answers as one that was made of what lives, and as if the rest had never been', () => {
  fc.assert(
    fc.property(
      history,
      fc.constantFrom<Filter>({ departments: ['hr'] }, { departments: ['hr', 'it'], privacy: ['open'] }),
      (steps, filter) => {
        const lived = memoryIndex();
        const live = new Map<string, IndexedRevision>();
        for (const [number, step] of steps.entries()) {
          if (typeof step === 'string') {
            lived.remove(step);
            live.delete(step);
          } else {
            lived.put(indexed(step, number));
            live.set(step.document, indexed(step, number));
          }
        }
        const fresh = memoryIndex();
        const inRights = [...live.values()].filter(
          ({ department, privacy }) =>
            filter.departments.includes(department) && (filter.privacy ?? [privacy]).includes(privacy),
        );
        for (const one of inRights) fresh.put(one);
        expect(lived.count(filter)).toEqual({
          documents: inRights.length,
          chunks: inRights.reduce((sum, { chunks }) => sum + chunks.length, 0),
        });
        for (const mode of ['keyword', 'dense', 'hybrid'] as const)
          expect(outcome(lived.search(query(filter, mode)))).toEqual(
            outcome(fresh.search(query(filter, mode))),
          );
      },
    ),
    { numRuns: 300 },
  );
});

test('scores are those of BM25, by its formula', () => {
  const texts = [
    'shock waves on a wing',
    'wing wing wing',
    'heat',
    'the flow in a boundary layer of a plate',
  ];
  const index = memoryIndex();
  for (const [at, text] of texts.entries())
    index.put(
      indexed({
        document: String(at),
        department: 'hr',
        privacy: 'open',
        language: 'en',
        chunks: [{ text, vector: [1, 0] }],
      }),
    );
  const bags = texts.map((text) => analyse(text, 'en'));
  const average = bags.reduce((sum, bag) => sum + bag.length, 0) / bags.length;
  const expected = bags.map((bag) =>
    ['wing', 'shock'].reduce((sum, term) => {
      const holding = bags.filter((other) => other.includes(term)).length;
      const frequency = bag.filter((one) => one === term).length;
      const idf = Math.log(1 + (bags.length - holding + 0.5) / (holding + 0.5));
      return sum + (idf * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * bag.length) / average));
    }, 0),
  );
  const hits = index.search({ text: 'wing shock', mode: 'keyword', k: 9, filter: { departments: ['hr'] } });
  expect(hits.map(({ document }) => document)).toEqual(['0', '1']);
  for (const { document, score } of hits) expect(score).toBeCloseTo(expected[Number(document)] ?? 0, 10);
});

test('a vector of another dimension is refused, and what was there stays', () => {
  const index = memoryIndex();
  const one = indexed({
    document: 'a',
    department: 'hr',
    privacy: 'open',
    language: 'en',
    chunks: [{ text: 'wing', vector: [1, 0] }],
  });
  index.put(one);
  const wrong = {
    ...one,
    revision: '2',
    chunks: one.chunks.map((chunk) => ({ ...chunk, vector: new Float32Array(3) })),
  };
  expect(() => index.put(wrong)).toThrow(expect.objectContaining({ code: 'retrieval.vector-mismatch' }));
  const [hit] = index.search({ text: 'wing', mode: 'keyword', k: 1, filter: { departments: ['hr'] } });
  expect(hit?.revision).toBe('0');
  expect(() => index.search({ text: 'x', mode: 'keyword', k: 1, filter: { departments: [] } })).toThrow(
    expect.objectContaining({ code: 'request.invalid' }),
  );
  expect(index.bytes()).toBeGreaterThan(0);
});

test('the heap keeps what sorting would', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.nat({ max: 12 }), (scores, k) => {
      const best = topK(k);
      for (const [at, score] of scores.entries()) best.add(score, 0, at);
      const sorted = scores
        .map((score, chunk) => ({ score, segment: 0, chunk }))
        .sort((a, b) => b.score - a.score || a.chunk - b.chunk);
      expect(best.drain()).toEqual(sorted.slice(0, k));
    }),
  );
});

test('the dense score is the cosine, whether most of the question is 0 or none of it', () => {
  const number = fc.integer({ min: -9, max: 9 });
  const dense = fc.array(number, { minLength: 33, maxLength: 33 });
  const sparse = fc
    .array(fc.tuple(fc.nat({ max: 32 }), number), { maxLength: 7 })
    .map((entries) =>
      Array.from({ length: 33 }, (_, at) => entries.find(([index]) => index === at)?.[1] ?? 0),
    );
  const cosine = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, one, at) => sum + one * (b[at] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
  fc.assert(
    fc.property(fc.oneof(dense, sparse), dense, (asked, vector) => {
      const index = memoryIndex();
      const facts = { document: 'a', department: 'hr', privacy: 'open', language: 'en' } as const;
      const [chunk] = indexed({ ...facts, chunks: [{ text: 'x', vector: [0, 0] }] }).chunks;
      if (!chunk) throw new Error('no chunk');
      const chunks = [{ ...chunk, vector: Float32Array.from(vector) }];
      index.put({ ...indexed({ ...facts, chunks: [] }), chunks });
      const filter = { departments: ['hr'] };
      const [hit] = index.search({ text: '', vector: Float32Array.from(asked), mode: 'dense', k: 1, filter });
      const expected = cosine(asked, vector);
      if (hit) expect(hit.score).toBeCloseTo(expected, 5);
      else expect(Number.isNaN(expected) || Math.abs(expected) < 1e-6).toBe(true);
    }),
  );
});
