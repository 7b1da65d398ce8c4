/** A difference of two means over the same questions, and where it lies in 95 of 100 draws. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The paired bootstrap of `after - before`, question by question (Efron; for rankings Sakai, Evaluating Evaluation
 * Metrics based on the Bootstrap, 2006): questions are drawn again with replacement, `draws` times. Both lists are of
 * one length and one order. The same lists give the same interval: chance is drawn from a seed.
 */
export function pairedBootstrap(
  before: readonly number[],
  after: readonly number[],
  { draws = 2_000, seed = 1 }: { readonly draws?: number; readonly seed?: number } = {},
): Interval {
  const differences = after.map((value, at) => value - (before[at] ?? 0));
  const count = differences.length;
  if (count === 0) return { mean: 0, low: 0, high: 0 };
  const random = xorshift(seed);
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (let at = 0; at < count; at++) sum += differences[Math.floor(random() * count)] as number;
    means[draw] = sum / count;
  }
  means.sort();
  const quantile = (share: number) => means[Math.min(draws - 1, Math.floor(draws * share))] as number;
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / count,
    low: quantile(0.025),
    high: quantile(0.975),
  };
}

/** Numbers from 0 to 1, by Marsaglia, Xorshift RNGs, 2003. The seed is not 0. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
