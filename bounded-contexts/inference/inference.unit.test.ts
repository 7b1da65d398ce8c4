import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUsd } from '../kernel/index.ts';
import { inputBound } from './bounds.ts';
import { catalogueOf, type Model } from './catalogue.ts';
import { boundOf, costOf, outputTokensFor, priceAt } from './pricing.ts';

const price = {
  input: parseUsd('2.5'),
  cachedInput: parseUsd('1.25'),
  cacheWrite: parseUsd('3.125'),
  output: parseUsd('10'),
};
const model = (id: string, more: Partial<Model> = {}): Model => ({
  id,
  provider: id.split('/')[0] ?? '',
  upstream: id,
  tier: 1,
  price,
  defaultMaxTokens: 4096,
  maxOutputTokens: undefined,
  maxTokensField: 'max_tokens',
  contextTokens: undefined,
  capabilities: undefined,
  operations: new Set(['chat']),
  local: false,
  weight: 1,
  ...more,
});

test('a million input and a million output tokens cost their list price', () => {
  const million = { input: 1_000_000, output: 1_000_000, cached: 0, cacheWrite: 0, reasoning: 0 };
  expect(costOf(million, price)).toBe(parseUsd('12.5'));
  expect(costOf({ ...million, cached: 400_000 }, price)).toBe(parseUsd('12'));
  expect(costOf({ ...million, cacheWrite: 400_000 }, price)).toBe(parseUsd('12.75'));
});

test('what a call costs is never over its bound, whatever was cached', () => {
  const tokens = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(tokens, tokens, tokens, tokens, (input, output, cached, cacheWrite) => {
      // The three kinds of input are rounded up apart: two nano-dollars at most.
      expect(costOf({ input, output, cached, cacheWrite, reasoning: 0 }, price)).toBeLessThanOrEqual(
        boundOf(input, output, price) + 2n,
      );
    }),
  );
});

test('the tokens that an amount pays cost at most that amount, and one more would cost more', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 100_000 }), (amount, input) => {
      const output = outputTokensFor(amount, input, price);
      if (output > 0) expect(boundOf(input, output, price)).toBeLessThanOrEqual(amount);
      expect(boundOf(input, output + 1, price)).toBeGreaterThan(amount - 1n);
    }),
  );
});

test('the input bound is at least the bytes that the model reads', () => {
  expect(inputBound(1000, 3, 0)).toBeGreaterThanOrEqual(1000);
  expect(inputBound(1000, 3, 2)).toBeGreaterThan(inputBound(1000, 3, 1));
});

test('equal prices have equal versions, whatever the order; another price has another', () => {
  const versions = [
    catalogueOf([model('a/x'), model('b/x')], new Map()),
    catalogueOf([model('b/x'), model('a/x')], new Map()),
    catalogueOf([model('a/x'), model('b/x', { price: { ...price, output: 1n } })], new Map()),
  ].map((catalogue) => catalogue.priceVersion);
  expect(versions[0]).toBe(versions[1]);
  expect(versions[2]).not.toBe(versions[0]);
});

test('the price of a day is the latest that had begun, in UTC', () => {
  const cheaper = { ...price, output: 1n };
  const prices = [
    { from: undefined, price },
    { from: '2026-12-01', price: cheaper },
  ];
  expect(priceAt(prices, Date.parse('2026-11-30T23:59:59.999Z'))).toBe(price);
  expect(priceAt(prices, Date.parse('2026-12-01T00:00:00Z'))).toBe(cheaper);
  expect(priceAt(prices.slice(1), Date.parse('2026-11-30T12:00:00Z'))).toBeUndefined();
});
