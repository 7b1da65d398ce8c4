import { hash } from 'node:crypto';
import { type ConfidenceFeatures, rowOf } from './features.ts';
import { solve } from './linear.ts';

/** What became of an answer: a person's feedback, or what a reviewer decided of its draft. */
export interface Outcome {
  readonly features: ConfidenceFeatures;
  readonly right: boolean;
}

export interface ConfidenceModel {
  /** A hash of kind and weights: the same model has the same version wherever it was fitted. */
  readonly version: string;
  /** `prior`: by judgement, since too little is recorded. `fitted`: to recorded outcomes. */
  readonly kind: 'prior' | 'fitted';
  /** Intercept, then one for each of `featureNames`: log odds. */
  readonly weights: readonly number[];
  /** Recorded outcomes that it was fitted to. */
  readonly outcomes: number;
}

const versioned = (
  kind: ConfidenceModel['kind'],
  weights: readonly number[],
  outcomes: number,
): ConfidenceModel => ({
  version: hash('sha256', JSON.stringify([kind, weights])).slice(0, 12),
  kind,
  weights,
  outcomes,
});

/**
 * What is believed before anything is recorded, set by judgement and not measured: an answer whose every claim is cited
 * and supported, by hits on which both searches agree, is right in nine of ten cases; half cited and supported, in one of
 * two; without a citation, in one of ten. A contradiction weighs more than all support.
 */
export const priorModel: ConfidenceModel = versioned('prior', [-3, 0.8, 0.4, 1.8, 2.6, -4, -2.5], 0);

/** Outcomes below which the prior is used alone. */
export const leastOutcomes = 50;
/** Of either kind, right and wrong: less says nothing of where they part. */
const leastOfEach = 5;
/** How strongly weights are drawn to the prior's: a weight that is off by 1 costs as much as half an outcome's log loss. */
const penalty = 1;
const rounds = 50;
const enough = 1e-10;

export const logistic = (odds: number): number => 1 / (1 + Math.exp(-odds));
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

/** `log(1 + exp(x))` without overflow. */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Fits a logistic regression to recorded outcomes: Newton's method (iteratively reweighted least squares), halving a
 * step that does not lower the loss, with an L2 penalty on the distance from the prior's weights, so that a few outcomes
 * move them a little and many move them to where they belong. Deterministic. Below 50 outcomes, or 5 of either kind, it
 * is the prior.
 */
export function fitConfidence(outcomes: readonly Outcome[]): ConfidenceModel {
  const right = outcomes.filter((one) => one.right).length;
  if (outcomes.length < leastOutcomes || Math.min(right, outcomes.length - right) < leastOfEach)
    return priorModel;
  const rows = outcomes.map(({ features }) => rowOf(features));
  const labels = outcomes.map((one) => (one.right ? 1 : 0));
  const prior = priorModel.weights;
  const loss = (weights: readonly number[]) =>
    rows.reduce((sum, row, at) => {
      const odds = dot(row, weights);
      return sum + softplus(odds) - (labels[at] ?? 0) * odds;
    }, 0) +
    (penalty / 2) * weights.reduce((sum, weight, at) => sum + (weight - (prior[at] ?? 0)) ** 2, 0);

  let weights: number[] = [...prior];
  let current = loss(weights);
  for (let round = 0; round < rounds; round++) {
    const size = weights.length;
    const gradient = weights.map((weight, at) => penalty * (weight - (prior[at] ?? 0)));
    const hessian = Array.from({ length: size }, (_, at) =>
      Array.from({ length: size }, (_, other) => (at === other ? penalty : 0)),
    );
    rows.forEach((row, index) => {
      const p = logistic(dot(row, weights));
      for (let at = 0; at < size; at++) {
        const x = row[at] ?? 0;
        gradient[at] = (gradient[at] ?? 0) + (p - (labels[index] ?? 0)) * x;
        const line = hessian[at] as number[];
        for (let other = 0; other < size; other++)
          line[other] = (line[other] ?? 0) + p * (1 - p) * x * (row[other] ?? 0);
      }
    });
    const step = solve(hessian, gradient);
    let length = 1;
    let next = weights;
    let reached = current;
    for (; length > 1e-6; length /= 2) {
      next = weights.map((weight, at) => weight - length * (step[at] ?? 0));
      reached = loss(next);
      if (reached <= current) break;
    }
    const gained = current - reached;
    if (!(gained > 0)) break;
    weights = next;
    current = reached;
    if (gained < enough) break;
  }
  return versioned(
    'fitted',
    weights.map((weight) => Number(weight.toFixed(6))),
    outcomes.length,
  );
}

/** The probability that an answer with these features is right. */
export const confidenceOf = (model: ConfidenceModel, features: ConfidenceFeatures): number =>
  logistic(dot(rowOf(features), model.weights));
