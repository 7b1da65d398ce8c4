import { costOfTokens, type Nano } from '../kernel/index.ts';
import type { Usage } from './ports.ts';

/** Nano-dollars per million tokens. */
export interface Price {
  readonly input: Nano;
  /** Input read from the provider's cache, and input written to it. */
  readonly cachedInput: Nano;
  readonly cacheWrite: Nano;
  readonly output: Nano;
}

export interface DatedPrice {
  /** A day (UTC) such as `2026-12-01`; undefined: from always. */
  readonly from: string | undefined;
  readonly price: Price;
}

/** The price in force at `at` (Unix ms): of the latest day that had begun. Undefined where none had. */
export function priceAt(prices: readonly DatedPrice[], at: number): Price | undefined {
  const day = new Date(at).toISOString().slice(0, 10);
  let found: DatedPrice | undefined;
  for (const one of prices) {
    if (one.from !== undefined && one.from > day) continue;
    if (!found || (one.from ?? '') >= (found.from ?? '')) found = one;
  }
  return found?.price;
}

/** What `usage` costs; each kind of token at its own price, rounded up to a nano-dollar. */
export function costOf(usage: Usage, price: Price): Nano {
  const cached = Math.min(usage.cached, usage.input);
  const written = Math.min(usage.cacheWrite, usage.input - cached);
  return (
    costOfTokens(usage.input - cached - written, price.input) +
    costOfTokens(cached, price.cachedInput) +
    costOfTokens(written, price.cacheWrite) +
    costOfTokens(usage.output, price.output)
  );
}

const dearestInput = ({ input, cachedInput, cacheWrite }: Price): Nano => {
  const cached = cachedInput > cacheWrite ? cachedInput : cacheWrite;
  return input > cached ? input : cached;
};

/** The most that a call can cost: every input token at the dearest of its prices, every output token used. */
export function boundOf(inputTokens: number, outputTokens: number, price: Price): Nano {
  return costOfTokens(inputTokens, dearestInput(price)) + costOfTokens(outputTokens, price.output);
}

/** How many output tokens `amount` pays after `inputTokens`. */
export function outputTokensFor(amount: Nano, inputTokens: number, price: Price): number {
  if (price.output === 0n) return Number.MAX_SAFE_INTEGER;
  const left = amount - boundOf(inputTokens, 0, price);
  return left <= 0n ? 0 : Number((left * 1_000_000n) / price.output);
}
