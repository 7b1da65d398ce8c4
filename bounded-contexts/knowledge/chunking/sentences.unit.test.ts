import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentences } from './index.ts';

const split = (text: string): string[] => sentences(text).map(({ start, end }) => text.slice(start, end));

test.each([
  ['O Sr. Silva chegou. A Dra. Ana saiu.', ['O Sr. Silva chegou.', 'A Dra. Ana saiu.']],
  ['Veja o art. 5º da lei. Fim.', ['Veja o art. 5º da lei.', 'Fim.']],
  ['Moro na Av. Paulista, n. 10. É perto.', ['Moro na Av. Paulista, n. 10.', 'É perto.']],
  ['Frutas, p. ex. maçãs, etc. são boas. Sim!', ['Frutas, p. ex. maçãs, etc. são boas.', 'Sim!']],
  ['Comprei na Loja Ltda. Ela fechou.', ['Comprei na Loja Ltda.', 'Ela fechou.']],
  ['Custa R$ 1.000,50. Caro!', ['Custa R$ 1.000,50.', 'Caro!']],
  [
    'Mr. J. R. Smith left at 5 p.m. yesterday. He was 3.5 hours late.',
    ['Mr. J. R. Smith left at 5 p.m. yesterday.', 'He was 3.5 hours late.'],
  ],
  ['See Fig. 3 and Eq. 2, e.g. the U.S. case. Done.', ['See Fig. 3 and Eq. 2, e.g. the U.S. case.', 'Done.']],
  ['She said no. Then she left.', ['She said no.', 'Then she left.']],
  ['See no. 7 of it. Then go.', ['See no. 7 of it.', 'Then go.']],
  ['“Really?” he asked. “Yes!” She went.', ['“Really?” he asked.', '“Yes!”', 'She went.']],
  ['Wait... what? OK', ['Wait... what?', 'OK']],
  ['A title\n\nA line that\ngoes on. Next', ['A title', 'A line that\ngoes on.', 'Next']],
  ['1. Introduction\n\n2. Methods', ['1. Introduction', '2. Methods']],
  ['今日は雨です。明日は晴れます。', ['今日は雨です。', '明日は晴れます。']],
  ['هل وصل؟ نعم. شكرا', ['هل وصل؟', 'نعم.', 'شكرا']],
  ['', []],
])('%j is split', (text, expected) => {
  expect(split(text)).toEqual(expected);
});

test('sentences come in order, have white space at neither end, and leave nothing else out', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'Sr.',
      'Dr.',
      'a',
      'B',
      '...',
      '?!',
      ' ',
      '\n',
      '\n\n',
      '”',
      '。',
      '\u00a0',
      'etc.',
      '3.',
      '👍',
    ),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const text = words.join('');
      let at = 0;
      for (const { start, end } of sentences(text)) {
        expect(text.slice(at, start).trim()).toBe('');
        expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
        expect(end).toBeGreaterThan(start);
        at = end;
      }
      expect(text.slice(at).trim()).toBe('');
    }),
    { numRuns: 500 },
  );
});

test('a million marks take as long as a million letters, about', () => {
  const began = performance.now();
  for (const text of [
    '.'.repeat(1e6),
    '. '.repeat(5e5),
    '\n'.repeat(1e6),
    '."'.repeat(5e5),
    ' '.repeat(1e6),
    'a.\n'.repeat(3e5),
  ]) {
    expect(sentences(text).length).toBeLessThanOrEqual(text.length);
  }
  expect(performance.now() - began).toBeLessThan(5_000);
});
