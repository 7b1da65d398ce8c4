import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches } from './patterns.ts';

test.each([
  ['openai/gpt-4o', 'openai/gpt-4o', true],
  ['openai/gpt-4o', 'openai/gpt-4o-mini', false],
  ['openai/*', 'openai/gpt-4o', true],
  ['*', '', true],
  ['*mini', 'openai/gpt-4o-mini', true],
  ['a*b*c', 'axxbyyc', true],
  ['a*bb*b', 'abb', false],
  ['aa*aa', 'aaa', false],
  ['open.i/*', 'openai/x', false],
])('%s against %s: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected);
});

test('says what a regular expression of the same meaning says', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/') });
  fc.assert(
    fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b', '/') }), (pattern, text) => {
      expect(matches(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
    }),
  );
});
