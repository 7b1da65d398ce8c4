import { costOfTokens, type Nano } from '../kernel/index.ts';
import type { Usage } from './ports.ts';

/** Nano-dollars per million tokens. */
export interface Price {
  readonly input: Nano;
  readonly cachedInput: Nano;
  readonly output: Nano;
}

/** What `usage` costs; cached input tokens at their own price, each kind rounded up to a nano-dollar. */
export function costOf(usage: Usage, price: Price): Nano {
  const cached = Math.min(usage.cached, usage.input);
  return (
    costOfTokens(usage.input - cached, price.input) +
    costOfTokens(cached, price.cachedInput) +
    costOfTokens(usage.output, price.output)
  );
}

/** The most that a call can cost: every input token at the dearer of its prices, every output token used. */
export function boundOf(inputTokens: number, outputTokens: number, price: Price): Nano {
  const input = price.input > price.cachedInput ? price.input : price.cachedInput;
  return costOfTokens(inputTokens, input) + costOfTokens(outputTokens, price.output);
}

/** How many output tokens `amount` pays after `inputTokens`. */
export function outputTokensFor(amount: Nano, inputTokens: number, price: Price): number {
  if (price.output === 0n) return Number.MAX_SAFE_INTEGER;
  const left = amount - boundOf(inputTokens, 0, price);
  return left <= 0n ? 0 : Number((left * 1_000_000n) / price.output);
}
