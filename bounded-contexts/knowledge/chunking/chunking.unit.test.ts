import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, canonicalise, type DocumentType, type Extracted, type Span } from '../text/index.ts';
import {
  type Chunk,
  type ChunkOptions,
  chunk,
  estimateTokens,
  groupBySimilarity,
  sentences,
} from './index.ts';

const documentOf = (
  type: DocumentType,
  text: string,
  blocks: readonly Block[] = [],
  pages: readonly Span[] = [],
): Extracted => ({ type, text, blocks, pages, language: 'und', notes: [] });

/** What holds of the chunks of every document, however it is cut. */
function expectWhole(
  { text }: Extracted,
  chunks: readonly Chunk[],
  { size = 512, count = estimateTokens }: ChunkOptions,
): void {
  let covered = 0;
  chunks.forEach((found, index) => {
    const before = chunks[index - 1];
    expect(found.ordinal).toBe(index);
    expect(text.slice(found.start, found.end)).toBe(found.text);
    expect(found.text.trim()).not.toBe('');
    expect(found.text.isWellFormed()).toBe(true);
    expect(found.start).toBeGreaterThan(before?.start ?? -1);
    expect(found.end).toBeGreaterThan(before?.end ?? -1);
    expect(text.slice(covered, found.start).trim()).toBe('');
    expect(count(found.text)).toBeLessThanOrEqual(size);
    if (found.parent) {
      expect(found.parent.start).toBeLessThanOrEqual(found.start);
      expect(found.parent.end).toBeGreaterThanOrEqual(found.end);
    }
    covered = Math.max(covered, found.end);
  });
  expect(text.slice(covered).trim()).toBe('');
}

const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('the', 'não', 'chegou', 'produto', 'Sr.', 'delivery', 'ok', '12,5', 'é'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'x'.repeat(400),
      '汉'.repeat(90),
      '👩‍👩‍👧'.repeat(30),
      `z${'\u0301'.repeat(300)}`,
      'שלום',
      '"',
      '{',
      ']',
    ),
  },
);
const between = fc.constantFrom(' ', ' ', ' ', '. ', '\n', '\n\n', ', ', ' \n \n\n', '{', '}', '"', ':');
const prose = fc
  .array(fc.tuple(word, between), { maxLength: 150 })
  .map((pairs) => canonicalise(pairs.flat().join('')).trim());

const limits = fc
  .record({ size: fc.integer({ min: 16, max: 120 }), share: fc.double({ min: 0, max: 0.5, noNaN: true }) })
  .map(({ size, share }) => ({ size, overlap: Math.floor(size * share) }));

/** Spans that lie in order, or in each other, somewhere in a text: what extraction could come to. */
const blocksIn = (text: string, kinds: readonly Block['kind'][]) =>
  fc
    .array(
      fc.tuple(
        fc.nat(text.length),
        fc.nat(text.length),
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 4 }),
      ),
      { maxLength: 12 },
    )
    .map((found) =>
      found
        .map(
          ([a, b, kind, level]): Block => ({
            kind,
            start: Math.min(a, b),
            end: Math.max(a, b),
            level,
            fields: { name: `n${level}`, same: 'x' },
          }),
        )
        .filter(
          ({ start, end }) =>
            text.slice(start, end).trim() !== '' && wellCut(text, start) && wellCut(text, end),
        )
        .sort((a, b) => a.start - b.start || b.end - a.end),
    );
const wellCut = (text: string, at: number): boolean => !/[\udc00-\udfff]/.test(text.charAt(at));

const documents = prose.chain((text) =>
  fc
    .record({
      type: fc.constantFrom<DocumentType>(
        'pdf',
        'docx',
        'html',
        'markdown',
        'text',
        'csv',
        'json',
        'jsonl',
        'code',
        'image',
      ),
      blocks: fc
        .constantFrom<Block['kind'][][]>(
          ['heading'],
          ['row'],
          ['code'],
          ['heading', 'paragraph', 'code', 'row', 'table'],
        )
        .chain((kinds) => blocksIn(text, kinds)),
    })
    .map(({ type, blocks }) => documentOf(type, text, blocks)),
);

test('every strategy leaves nothing out, keeps offsets, order and size, whatever the document', () => {
  fc.assert(
    fc.property(
      documents,
      limits,
      fc.constantFrom<ChunkOptions['strategy'][]>('recursive', 'sections', 'code', 'json', 'rows', undefined),
      fc.integer({ min: 1, max: 4 }),
      (document, limit, strategy, rows) => {
        const options = { ...limit, rows, ...(strategy && { strategy }) };
        expectWhole(document, chunk(document, options), options);
      },
    ),
    { numRuns: 600 },
  );
});

test('the size holds for counters of characters and of words too', () => {
  const counters = [
    (text: string) => text.length,
    (text: string) => text.split(/\s+/).filter(Boolean).length,
  ];
  fc.assert(
    fc.property(prose, limits, fc.constantFrom(...counters), (text, limit, count) => {
      const document = documentOf('text', text);
      const options = { ...limit, count };
      const chunks = chunk(document, options);
      chunks.forEach((found, index) => {
        // A character as readers see it may be more than a chunk; it is cut between its code points.
        if (count === counters[0]) expect(count(found.text)).toBeLessThanOrEqual(limit.size);
        expect(text.slice(found.start, found.end)).toBe(found.text);
        expect(found.start).toBeGreaterThan(chunks[index - 1]?.start ?? -1);
      });
    }),
    { numRuns: 200 },
  );
});

test('a chunk of running text repeats as many whole words of the one before as the overlap holds', () => {
  const text = Array.from({ length: 3_000 }, (_, index) => `word${index % 10}`).join(' ');
  const options = {
    size: 100,
    overlap: 20,
    count: (part: string) => part.split(/\s+/).filter(Boolean).length,
  };
  const chunks = chunk(documentOf('text', text), options);
  expect(chunks.length).toBeGreaterThan(30);
  for (const [index, { start, text: own }] of chunks.entries()) {
    const before = chunks[index - 1];
    if (before) expect(text.slice(start, before.end).split(' ')).toHaveLength(20);
    if (index < chunks.length - 1) expect(options.count(own)).toBe(100);
  }
});

test('paragraphs stay whole as long as they fit', () => {
  const paragraphs = Array.from(
    { length: 40 },
    (_, index) => `Paragraph ${index} ${'says something '.repeat(6)}.`,
  );
  const chunks = chunk(documentOf('text', paragraphs.join('\n\n')), { size: 60, overlap: 0 });
  for (const { text } of chunks) for (const part of text.split('\n\n')) expect(paragraphs).toContain(part);
});

test('sections are cut at headings and know their path, and a bare heading goes with what follows', () => {
  const text = '# Methods\n\n## Setup\n\nWe set it up.\n\n## Runs\n\nWe ran it.\n\n# Results\n\nIt held.';
  const blocks = [...text.matchAll(/^(#+) .*$/gm)].map(
    (match): Block => ({
      kind: 'heading',
      start: match.index,
      end: match.index + match[0].length,
      level: match[1]?.length ?? 1,
    }),
  );
  const chunks = chunk(documentOf('markdown', text, blocks));
  expect(chunks.map(({ heading, text: own }) => [heading, own])).toEqual([
    ['Methods > Setup', '# Methods\n\n## Setup\n\nWe set it up.'],
    ['Methods > Runs', '## Runs\n\nWe ran it.'],
    ['Results', '# Results\n\nIt held.'],
  ]);
});

test('a long section is the parent of its chunks', () => {
  const text = `# A\n\n${'Long enough to be cut. '.repeat(30).trim()}`;
  const chunks = chunk(documentOf('markdown', text, [{ kind: 'heading', start: 0, end: 3, level: 1 }]), {
    size: 40,
  });
  expect(chunks.length).toBeGreaterThan(2);
  for (const { parent, heading } of chunks) {
    expect(parent).toEqual({ start: 0, end: text.length });
    expect(heading).toBe('A');
  }
});

test('rows are chunks with their fields, several share a chunk with what they agree on, and none is parted that fits', () => {
  const lines = ['a: 1', 'a: 2', 'a: 3'];
  const text = lines.join('\n');
  const blocks = lines.map(
    (line, index): Block => ({
      kind: 'row',
      start: index * 5,
      end: index * 5 + line.length,
      fields: { a: `${index + 1}`, of: 'x' },
    }),
  );
  const table: Block = { kind: 'table', start: 0, end: text.length };
  const each = chunk(documentOf('csv', text, [table, ...blocks]));
  expect(each.map(({ text: own, fields }) => [own, fields?.['a']])).toEqual([
    ['a: 1', '1'],
    ['a: 2', '2'],
    ['a: 3', '3'],
  ]);
  const two = chunk(documentOf('csv', text, [table, ...blocks]), { rows: 2 });
  expect(two.map(({ text: own, fields }) => [own, fields])).toEqual([
    ['a: 1\na: 2', { of: 'x' }],
    ['a: 3', { a: '3', of: 'x' }],
  ]);
});

test('JSON is cut between members, and a chunk says by its path where it was', () => {
  const value = {
    title: 'An API',
    paths: Object.fromEntries(
      ['/users', '/orders'].map((path) => [
        path,
        { get: { summary: 'Lists them. '.repeat(9) }, post: { summary: 'Makes one. '.repeat(9) } },
      ]),
    ),
  };
  const text = JSON.stringify(value, null, 2);
  const chunks = chunk(documentOf('json', text), { size: 60 });
  expectWhole(documentOf('json', text), chunks, { size: 60 });
  expect(chunks.map(({ heading }) => heading)).toEqual([
    'title',
    'paths > /users > get',
    'paths > /users > post',
    'paths > /orders > get',
    'paths > /orders > post',
  ]);
});

test('code is cut between declarations, and of a large one between its members', () => {
  const method = (name: string) => `  ${name}() {\n    return ${'call() + '.repeat(12)}1;\n  }`;
  const text = `import x from 'y';\n\nclass Big {\n${method('first')}\n\n${method('second')}\n}\n\nfunction small() {}`;
  const at = (part: string, name: string, level: number): Block => {
    const start = text.indexOf(part);
    return { kind: 'code', start, end: start + part.length, level, fields: { name } };
  };
  const big = text.slice(text.indexOf('class'), text.indexOf('function') - 2);
  const blocks = [
    at(big, 'Big', 1),
    at(method('first').trim(), 'first', 2),
    at(method('second').trim(), 'second', 2),
    at('function small() {}', 'small', 1),
  ];
  const chunks = chunk(documentOf('code', text, blocks), { size: 90 });
  expect(chunks.map(({ heading }) => heading)).toEqual([undefined, 'Big > first', 'Big > second', 'small']);
  expect(chunks[2]?.text).toMatch(/^second[\s\S]*}\n}$/);
  expect(chunks[1]?.parent).toEqual({
    start: text.indexOf('class'),
    end: text.indexOf('class') + big.length,
  });
});

test('a chunk knows the page that it starts on, and the pages around it are its parent', () => {
  const page = 'A page says something. '.repeat(20).trim();
  const text = [page, page].join('\n\n');
  const pages = [
    { start: 0, end: page.length },
    { start: page.length + 2, end: text.length },
  ];
  const chunks = chunk(documentOf('pdf', text, [], pages), { size: 50 });
  expect(chunks[0]).toMatchObject({ page: 1, parent: pages[0] });
  expect(chunks.at(-1)).toMatchObject({ page: 2, parent: pages[1] });
});

test('sentences stay together while their vectors point the same way', () => {
  const vectors = [
    [1, 0],
    [2, 0.1],
    [0, 1],
    [0.1, 1],
    [1, 0],
  ];
  expect(groupBySimilarity(vectors)).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 4 },
    { start: 4, end: 5 },
  ]);
  const text = 'Cats purr. Cats sleep. Tax is due. Tax is paid. Cats eat.';
  expect(sentences(text)).toHaveLength(vectors.length);
  const chunks = chunk(documentOf('text', text), { strategy: 'semantic', vectors });
  expect(chunks.map((found) => found.text)).toEqual([
    'Cats purr. Cats sleep.',
    'Tax is due. Tax is paid.',
    'Cats eat.',
  ]);
});

test('semantic chunks leave nothing out whatever the vectors', () => {
  fc.assert(
    fc.property(
      prose,
      limits,
      fc.infiniteStream(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      ),
      (text, limit, stream) => {
        const document = documentOf('text', text);
        const vectors = [...stream.take(sentences(text).length)];
        const options: ChunkOptions = { ...limit, strategy: 'semantic', vectors };
        expectWhole(document, chunk(document, options), options);
      },
    ),
    { numRuns: 150 },
  );
});

test.each([{ size: 8 }, { size: 100, overlap: 51 }, { strategy: 'semantic' as const, vectors: [] }])(
  '%j is refused',
  (options) => {
    expect(() => chunk(documentOf('text', 'One. Two.'), options)).toThrow(/`\w+`: /);
  },
);

test('the estimate counts no more for a text than for its parts', () => {
  fc.assert(
    fc.property(prose, fc.nat(2_000), (text, at) => {
      expect(estimateTokens(text)).toBeLessThanOrEqual(
        estimateTokens(text.slice(0, at)) + estimateTokens(text.slice(at)),
      );
    }),
  );
});
