import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findQuote } from '../index.ts';

const manual =
  'The warranty lasts 24 months from delivery. It does not cover water damage.\n' +
  'A garantia cobre “defeitos de fabricação” em peças e mão-de-obra, por 24 meses.\n' +
  'Customers who buy a refur-\nbished lamp have twelve months. The oﬃce is open from 9 to 17.\n';

describe('a quote', () => {
  test.each([
    ['lasts 24 months from delivery', 'lasts 24 months from delivery', 'exact'],
    ['"The warranty lasts 24 months"', 'The warranty lasts 24 months', 'exact'],
    ['the WARRANTY lasts\n 24 months', 'The warranty lasts 24 months', 'normalised'],
    ['buy a refurbished lamp', 'buy a refur-\nbished lamp', 'normalised'],
    ['The office is open', 'The oﬃce is open', 'normalised'],
    ['cobre "defeitos de fabricacao" em pecas', 'cobre “defeitos de fabricação” em peças', 'normalised'],
    ['mão de obra', undefined, undefined],
    ['maodeobra por 24 meses', undefined, undefined],
    ['from 9 to 17!', 'from 9 to 17', 'normalised'],
    ['peças e mão‑de‑obra', 'peças e mão-de-obra', 'normalised'],
  ])('%j is found as %j', (quote, shown, how) => {
    const found = findQuote(manual, quote);
    expect([found?.quote, found?.how]).toEqual([shown, how]);
    if (found) expect(manual.slice(found.start, found.end)).toBe(found.quote);
  });

  test('of one word, or of a few letters, proves nothing', () => {
    expect(findQuote(manual, 'warranty')).toBeUndefined();
    expect(findQuote(manual, 'It does')).toBeUndefined();
    expect(findQuote(manual, '')).toBeUndefined();
  });

  test('is of whole words and numbers: 4 months is not in 24 months, nor 5 kg of steel in 1.5 kg of steel', () => {
    expect(findQuote(manual, '4 months from delivery')).toBeUndefined();
    expect(findQuote('It holds 1.5 kg of steel.', '5 kg of steel')).toBeUndefined();
    expect(findQuote('It costs 10.50 today', 'It costs 10')).toBeUndefined();
  });

  test('that occurs several times is taken from the passage that was shown, else from where it is first', () => {
    const text = 'Returns are free. Shipping is not. Returns are free.';
    expect(findQuote(text, 'Returns are free')?.start).toBe(0);
    expect(findQuote(text, 'Returns are free', { start: 30, end: text.length })?.start).toBe(35);
  });

  test('that only occurs several times after normalisation is not found: nobody can say which was meant', () => {
    expect(findQuote('Returns are free. returns are Free.', 'RETURNS ARE FREE')).toBeUndefined();
  });

  test('of a script without spaces counts its characters', () => {
    expect(findQuote('保証期間は納品から二十四か月です。', '納品から二十四か月')?.how).toBe('exact');
  });
});

const word = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z]{3,9}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'não',
      'ação',
      'É',
      'oﬃce',
      '24',
      '1.5',
      'Ünïcode',
      '日本語',
      '🙂',
      'e-mail',
      'ﬁnal',
    ),
  },
);
const planted = fc.record({
  before: fc.array(word, { maxLength: 60 }),
  // Words of its own, so that it stands there once.
  quote: fc.array(fc.stringMatching(/^q[a-z]{4,8}$/), { minLength: 3, maxLength: 12 }),
  after: fc.array(word, { maxLength: 60 }),
});

describe('any planted quote', () => {
  test('is found at its place, exactly', () => {
    fc.assert(
      fc.property(planted, ({ before, quote, after }) => {
        const head = before.map((one) => `${one} `).join('');
        const text = `${head}${quote.join(' ')} ${after.join(' ')}`;
        const found = findQuote(text, quote.join(' '));
        expect(found).toMatchObject({ start: head.length, quote: quote.join(' '), how: 'exact' });
      }),
    );
  });

  test('is found at its place in other case, spacing and line ends, with what stands there as quote', () => {
    const spaces = fc.array(fc.constantFrom(' ', '\n', '  ', '\u00a0', '\t\n ', '\u200b '), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(planted, spaces, fc.boolean(), ({ before, quote, after }, between, upper) => {
        const head = before.map((one) => `${one} `).join('');
        const set = quote.map((one, at) => (at === 0 ? one : `${between[at - 1]}${one}`)).join('');
        const written = upper ? set.toUpperCase() : set;
        const text = `${head}${written} ${after.join(' ')}`;
        const found = findQuote(text, quote.join(' '));
        expect(found).toMatchObject({ start: head.length, quote: written });
      }),
    );
  });

  test('is not found once one of its words is another', () => {
    fc.assert(
      fc.property(planted, fc.nat(), ({ before, quote, after }, n) => {
        const text = `${before.join(' ')} ${quote.join(' ')} ${after.join(' ')}`;
        const changed = quote.map((one, at) => (at === n % quote.length ? `${one}x` : one)).join(' ');
        expect(findQuote(text, changed)).toBeUndefined();
      }),
    );
  });

  test('whatever text and quote are, what is found is a slice of the text', () => {
    const any = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(any, fc.nat(200), fc.nat(40), any, (text, from, size, other) => {
        for (const quote of [text.slice(from, from + size), other]) {
          const found = findQuote(text, quote);
          if (found) expect(text.slice(found.start, found.end)).toBe(found.quote);
        }
      }),
    );
  });
});

test('10 MB are searched in time that is linear, also where text and quote repeat themselves', () => {
  const prose = 'The quick brown fox – não é um “cão” – jumps over the lazy dog. '.repeat(160_000);
  const hostile = `${'ab '.repeat(3_400_000)}end of it`;
  const started = performance.now();
  expect(findQuote(`${prose}The LAST words of all`, 'the last words of ALL')?.how).toBe('normalised');
  expect(findQuote(prose, 'never said by anybody here')).toBeUndefined();
  expect(findQuote(hostile, `${'ab '.repeat(600)}x`)).toBeUndefined();
  // Three texts of 10 MB; 20 times what they take on an idle core.
  expect(performance.now() - started).toBeLessThan(25_000);
});
