import { type ConfidenceModel, confidenceOf, fitConfidence, type Outcome } from './model.ts';

export interface ReliabilityBin {
  /** Probabilities from here … */
  readonly from: number;
  /** … up to here. */
  readonly to: number;
  readonly count: number;
  /** The mean of what was predicted, and the share that was right; 0 where nothing is in the bin. */
  readonly predicted: number;
  readonly observed: number;
}

export interface Reliability {
  readonly outcomes: number;
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: how far prediction and outcome are apart, on average (Naeini et al., 2015). */
  readonly ece: number;
  /** The mean square of what was predicted wrongly (Brier, 1950): 0 is perfect, 0.25 is always saying one half. */
  readonly brier: number;
}

const bins = 10;

function reliabilityOf(
  pairs: readonly { readonly predicted: number; readonly right: boolean }[],
): Reliability {
  const filled = Array.from({ length: bins }, (_, index) => {
    const inside = pairs.filter(
      ({ predicted }) => Math.min(bins - 1, Math.floor(predicted * bins)) === index,
    );
    const mean = (of: (pair: (typeof pairs)[number]) => number) =>
      inside.length === 0 ? 0 : inside.reduce((sum, pair) => sum + of(pair), 0) / inside.length;
    return {
      from: index / bins,
      to: (index + 1) / bins,
      count: inside.length,
      predicted: mean(({ predicted }) => predicted),
      observed: mean(({ right }) => Number(right)),
    };
  });
  const total = Math.max(1, pairs.length);
  return {
    outcomes: pairs.length,
    bins: filled,
    ece: filled.reduce(
      (sum, { count, predicted, observed }) => sum + (count / total) * Math.abs(predicted - observed),
      0,
    ),
    brier: pairs.reduce((sum, { predicted, right }) => sum + (predicted - Number(right)) ** 2, 0) / total,
  };
}

/** How well a model's probabilities came true. Of outcomes that it was fitted to, this flatters: see {@link heldOutReliability}. */
export const reliability = (model: ConfidenceModel, outcomes: readonly Outcome[]): Reliability =>
  reliabilityOf(outcomes.map(({ features, right }) => ({ predicted: confidenceOf(model, features), right })));

/**
 * The reliability of fitting itself: each outcome is predicted by a model that was fitted to the others (by turns, in
 * `folds` parts). This is the figure to show.
 */
export function heldOutReliability(outcomes: readonly Outcome[], folds = 5): Reliability {
  const models = Array.from({ length: folds }, (_, fold) =>
    fitConfidence(outcomes.filter((_, at) => at % folds !== fold)),
  );
  return reliabilityOf(
    outcomes.map(({ features, right }, at) => ({
      predicted: confidenceOf(models[at % folds] as ConfidenceModel, features),
      right,
    })),
  );
}
