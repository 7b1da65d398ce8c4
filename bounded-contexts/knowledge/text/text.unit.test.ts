import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalise, canonicalVersion, detectLanguage, textBuilder } from './index.ts';

/** Any UTF-16, with what canonical texts do not have made likely. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\ufeff',
        '\0',
        '\ud800',
        '\udc00',
        '\r\n',
        '\r',
        '\u2028',
        '\u00ad',
        'e',
        '\u0301',
        '\u{1d160}',
        '\x1b',
        '\u0344'.repeat(40),
        '\u0316\u0301'.repeat(20),
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('canonical text is canonical again, well formed, in NFC, and about three times as long at most', () => {
  fc.assert(
    fc.property(anyText, (raw) => {
      const text = canonicalise(raw);
      expect(canonicalise(text)).toBe(text);
      expect(text.isWellFormed()).toBe(true);
      expect(text.normalize('NFC')).toBe(text);
      expect(text.length).toBeLessThanOrEqual(raw.length * 3.1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested.
      expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\ufeff\u2028\u2029]/);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
  ['\ufeffol\u0061\u0301\0', 'olá'],
  ['x\ud800y', 'x\ufffdy'],
  ['bell\x07 ring', 'bell  ring'],
  ['co\u00adoperate', 'cooperate'],
  ['👩‍👩‍👧 שלום \u00a0 ok', '👩‍👩‍👧 שלום \u00a0 ok'],
])('%j becomes %j', (raw, text) => {
  expect(canonicalise(raw)).toBe(text);
});

test('a hundred thousand marks on one letter take no longer than as many letters, about', () => {
  const raw = `z${'\u0301\u0316\u0344'.repeat(33_000)}`;
  const began = performance.now();
  const text = canonicalise(raw);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(canonicalise(text)).toBe(text);
  expect(text.normalize('NFC')).toBe(text);
});

test('built text is canonical, and blocks and pages lie in it in order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add'), text: anyText }),
    fc.record({ do: fc.constantFrom('open', 'close', 'page'), text: fc.constant('') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const builder = textBuilder(1_000_000);
      let depth = 0;
      for (const { do: what, text } of steps) {
        if (what === 'add') builder.add('paragraph', text);
        if (what === 'page' && depth === 0) builder.page();
        if (what === 'open' && depth < 3) {
          builder.open('table');
          depth++;
        }
        if (what === 'close' && depth > 0) {
          builder.close();
          depth--;
        }
      }
      while (depth-- > 0) builder.close();
      const { text, blocks, pages } = builder.build();
      expect(canonicalise(text)).toBe(text);
      for (const [index, { start, end }] of [...blocks, ...pages].entries()) {
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(text.length);
        const next = blocks[index + 1];
        if (next) expect(next.start).toBeGreaterThanOrEqual(start);
      }
      for (const { start, end } of blocks) expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
      for (const [index, page] of pages.entries()) {
        expect(pages[index + 1]?.start ?? text.length).toBeGreaterThanOrEqual(page.end);
      }
    }),
  );
});

test('a text beyond the limit is refused while it is built', () => {
  const builder = textBuilder(10);
  builder.add('paragraph', '12345');
  expect(() => builder.add('paragraph', '123456')).toThrow('more than 10 characters');
});

test.each([
  ['en', 'The parcel was late, and they have not answered any of the messages that I sent to them about it.'],
  ['pt', 'O produto não chegou no prazo e a loja não respondeu às mensagens que eu enviei para eles.'],
  [
    'es',
    'El producto no llegó a tiempo y la tienda no respondió a los mensajes que les envié desde entonces.',
  ],
  [
    'fr',
    "Le produit n'est pas arrivé dans les délais et la boutique ne répond pas aux messages que nous envoyons.",
  ],
  [
    'de',
    'Das Paket ist nicht angekommen, und auf die Nachrichten, die ich geschickt habe, kam von dem Laden nichts.',
  ],
  ['und', 'Ana Silva, Bruno Costa, 2018-08-15, 4.50'],
  ['und', ''],
  ['und', 'これは日本語の文章です。'],
])('the language of a sentence is told: %s', (language, text) => {
  expect(detectLanguage(text)).toBe(language);
});

test('what is canonical in this version is fixed: stored offsets rest on it', () => {
  const sample = '\ufeffA\r\nb\u2028c\0\u00ad\x1b\ud800 e\u0301 \u00a0\u200b\u202e ﬁ\tΩ';
  expect({ [canonicalVersion]: canonicalise(sample) }).toEqual({
    1: 'A\nb\nc \ufffd é \u00a0\u200b\u202e ﬁ\tΩ',
  });
});
