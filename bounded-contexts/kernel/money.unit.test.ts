import fc from 'fast-check';
import { expect, it } from 'vitest';
import { costOfTokens, formatUsd, parseUsd } from './index.ts';

it('formats and parses every amount without losing a nano-dollar', () => {
  const amounts = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  fc.assert(fc.property(amounts, (nano) => parseUsd(formatUsd(nano)) === nano));
});

it('writes the shortest decimal that says the same', () => {
  expect([0n, 1n, 50_000_000n, 1_000_000_000n, -1_500_000_000n].map(formatUsd)).toEqual([
    '0',
    '0.000000001',
    '0.05',
    '1',
    '-1.5',
  ]);
});

it('refuses what is no decimal of at most nine places', () => {
  for (const text of ['', '1.', '.5', '1e3', '0.0000000001', '1,5', ' 1', '+1', 'NaN', '1234567890123']) {
    expect(() => parseUsd(text)).toThrow(RangeError);
  }
});

it('rounds the cost of tokens up, so that no token is free of charge', () => {
  expect(costOfTokens(0, 150_000_000n)).toBe(0n);
  expect(costOfTokens(1, 1n)).toBe(1n);
  expect(costOfTokens(1_000_000, 150_000_000n)).toBe(150_000_000n);
  const tokens = fc.nat(10_000_000);
  const price = fc.bigInt({ min: 0n, max: 10n ** 12n });
  fc.assert(
    fc.property(tokens, price, (count, perMillion) => {
      const cost = costOfTokens(count, perMillion);
      const exact = BigInt(count) * perMillion;
      return cost * 1_000_000n >= exact && (cost - 1n) * 1_000_000n < exact;
    }),
  );
});
