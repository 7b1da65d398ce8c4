import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folded, missingNumbers, sameFacts, sentencesOf, wordingOf } from './index.ts';

const numbers = (text: string) =>
  wordingOf(text).numbers.map(
    ({ values, unit }) => `${values.join('|')}${unit === undefined ? '' : ` ${unit}`}`,
  );

describe('numbers', () => {
  test.each([
    ['It lasts 24 months.', ['24 month']],
    ['dura 24 meses', ['24 month']],
    ['R$ 1.234,56', ['1234.56 BRL']],
    ['$1,234.56', ['1234.56 USD']],
    ['1.500 reais', ['1500|1.5 BRL']],
    ['5 mil reais', ['5000 BRL']],
    ['2,5 milhões de dólares', ['2500000 USD']],
    ['twelve days', ['12 day']],
    ['doze dias', ['12 day']],
    ['12 % of all', ['12 %']],
    ['12 por cento', ['12 %']],
    ['12 percent', ['12 %']],
    ['5kg or 10 h', ['5 kg', '10 hour']],
    ['the 2nd and the 3º', ['2', '3']],
    ['on 12/03/2024', ['12', '3', '2024']],
    ['X200, B2B, one lamp', []],
  ])('of %j are %j', (text, expected) => {
    expect(numbers(text)).toEqual(expected);
  });

  test('are missing where no value and unit fits', () => {
    expect(missingNumbers(wordingOf('1.500 reais'), wordingOf('R$ 1500'))).toEqual([]);
    expect(missingNumbers(wordingOf('5 kg'), wordingOf('5 km'))).toHaveLength(1);
  });
});

describe('wording', () => {
  test('knows names by capitals, digits and months, not by the beginning of a sentence', () => {
    const { names, perhapsNames } = wordingOf('Produtos da Acme: o X200 e o iPhone, em março. Luzes também.');
    expect([...names]).toEqual(['acme', 'x200', 'iphone', 'marco']);
    expect([...perhapsNames]).toEqual(['produtos', 'luzes']);
  });

  test.each([
    ['It is not covered', true],
    ["It isn't covered", true],
    ['There are no exceptions', true],
    ['Está no contrato da empresa', false],
    ['Não está no contrato', true],
    ['Entrega sem custo', true],
    ['All is covered', false],
  ])('of %j is negated: %s', (text, negated) => {
    expect(wordingOf(text).negated).toBe(negated);
  });

  test('is the same as itself, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(sameFacts(wordingOf(text), wordingOf(text))).toBe(true);
      }),
    );
  });
});

describe('sentences', () => {
  const of = (text: string) => sentencesOf(text).map(({ start, end }) => text.slice(start, end));
  test.each([
    ['O Sr. Silva veio. Depois saiu.', ['O Sr. Silva veio.', 'Depois saiu.']],
    ['See fig. 3 and J. Smith, e.g. here. Done!', ['See fig. 3 and J. Smith, e.g. here.', 'Done!']],
    ['It costs 1.5. "Really?" Yes…', ['It costs 1.5.', '"Really?"', 'Yes…']],
    ['1. First\n2. Second', ['1. First', '2. Second']],
    ['', []],
  ])('of %j are %j', (text, expected) => {
    expect(of(text)).toEqual(expected);
  });

  test('leave out nothing but white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(of(text).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});

test('a folded text knows where each part of it stood', () => {
  const lower = (code: number) => String.fromCodePoint(code).toLowerCase();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, n) => {
      const { text: plain, origin } = folded(text, lower, { collapse: true });
      if (plain === '') return;
      const at = n % plain.length;
      const { start, end } = origin(at, at + 1);
      const found = text.slice(start, end).toLowerCase();
      expect(plain[at] === ' ' ? /^\s/.test(found) : found.includes(plain[at] as string)).toBe(true);
    }),
  );
});
