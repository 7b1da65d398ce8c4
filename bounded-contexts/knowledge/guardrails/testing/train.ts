import { foldSkeleton } from '../fold.ts';
import { traitsOf } from '../learnt.ts';
import { tokensOf } from '../phrases.ts';

interface Learnt {
  readonly bias: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** Strength of the penalty on weights: of 0.01, 0.03, 0.1, 0.3 and 1 the one that found most lines left out of the fit. */
const penalty = 0.01;
const rounds = 500;
const rate = 0.05;
/** Smaller weights are left out: they move nothing. */
const least = 0.02;

const traits = (line: string) => traitsOf(tokensOf(foldSkeleton(line).text));

/**
 * Fits the weighing of `learnt.ts`: logistic regression with an L2 penalty, by gradient descent over all lines. Deterministic,
 * so that the stored weights can be made again from the lists, and a test does.
 */
export function train(attacks: readonly string[], benign: readonly string[]): Learnt {
  const rows = [
    ...attacks.map((line) => ({ traits: traits(line), label: 1 })),
    ...benign.map((line) => ({ traits: traits(line), label: 0 })),
  ];
  const weights = new Map<string, number>();
  for (const row of rows) for (const trait of row.traits) weights.set(trait, 0);
  let bias = 0;
  for (let round = 0; round < rounds; round++) {
    const gradient = new Map<string, number>();
    let slope = 0;
    for (const { traits: seen, label } of rows) {
      const scale = 1 / Math.sqrt(Math.max(1, seen.length));
      const odds = seen.reduce((sum, trait) => sum + (weights.get(trait) ?? 0), 0) * scale;
      const off = 1 / (1 + Math.exp(-(bias + odds))) - label;
      for (const trait of seen) gradient.set(trait, (gradient.get(trait) ?? 0) + off * scale);
      slope += off;
    }
    for (const [trait, weight] of weights)
      weights.set(trait, weight - rate * ((gradient.get(trait) ?? 0) + penalty * weight));
    bias -= rate * slope;
  }
  const kept = [...weights]
    .filter(([, weight]) => Math.abs(weight) >= least)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([trait, weight]) => [trait, Number(weight.toFixed(2))] as const);
  return { bias: Number(bias.toFixed(2)), weights: Object.fromEntries(kept) };
}
