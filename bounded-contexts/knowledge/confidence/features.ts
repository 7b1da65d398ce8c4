/** What is known of an answer when it is finished. Each is a share between 0 and 1. */
export interface ConfidenceFeatures {
  /** How far keyword and dense search agree on what is on top: {@link rankAgreement}. */
  readonly agreement: number;
  /** How far the best hit is ahead of the next: {@link topMargin}. */
  readonly margin: number;
  /** Claims with a checked citation. */
  readonly coverage: number;
  /** Claims that their quotes support. */
  readonly support: number;
  /** Claims that their quotes contradict. */
  readonly contradicted: number;
  /** What guardrails found, without personal data that was only redacted: 0 nothing, 1 the most certain finding. */
  readonly guard: number;
}

/** In the order of a model's weights. */
export const featureNames = ['agreement', 'margin', 'coverage', 'support', 'contradicted', 'guard'] as const;

const share = (value: number): number => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0);

/** The row of a design matrix: 1 for the intercept, then the features, each forced into its bounds. */
export const rowOf = (features: ConfidenceFeatures): number[] => [
  1,
  ...featureNames.map((name) => share(features[name])),
];

/**
 * Agreement of two rankings of ids: rank-biased overlap (Webber, Moffat and Zobel, A Similarity Measure for Indefinite
 * Rankings, 2010), cut at `depth` and scaled so that equal rankings give 1. `p` weighs the top. 0 where either is empty.
 */
export function rankAgreement(a: readonly string[], b: readonly string[], depth = 10, p = 0.9): number {
  const deepest = Math.min(depth, Math.max(a.length, b.length));
  if (a.length === 0 || b.length === 0) return 0;
  const [seenA, seenB] = [new Set<string>(), new Set<string>()];
  let overlap = 0;
  let sum = 0;
  let most = 0;
  for (let at = 0; at < deepest; at++) {
    const [x, y] = [a[at], b[at]];
    if (x !== undefined && !seenA.has(x)) {
      seenA.add(x);
      if (seenB.has(x)) overlap += 1;
    }
    if (y !== undefined && !seenB.has(y)) {
      seenB.add(y);
      if (seenA.has(y)) overlap += 1;
    }
    sum += (p ** at * overlap) / (at + 1);
    most += p ** at;
  }
  return sum / most;
}

/** How much higher the best score is than the next, as a share of the best; 0 without hits, 1 with only one. */
export function topMargin(scores: readonly number[]): number {
  const [best, next] = scores.toSorted((a, b) => b - a);
  if (best === undefined || !(best > 0)) return 0;
  return next === undefined ? 1 : share((best - Math.max(0, next)) / best);
}

/** The features of an answer, from what retrieval, citations and guardrails say of it. */
export function featuresOf(parts: {
  /** Ids of chunks, best first, as keyword and dense search ranked them. */
  readonly keyword: readonly string[];
  readonly dense: readonly string[];
  /** Scores of the hits that the answer was made from, in any order. */
  readonly scores: readonly number[];
  readonly checked: {
    readonly coverage: number;
    readonly support: number;
    readonly claims: readonly { readonly verdict: string }[];
  };
  readonly guard: number;
}): ConfidenceFeatures {
  const { claims, coverage, support } = parts.checked;
  const contradicted = claims.filter(({ verdict }) => verdict === 'contradicted').length;
  return {
    agreement: rankAgreement(parts.keyword, parts.dense),
    margin: topMargin(parts.scores),
    coverage,
    support,
    contradicted: claims.length === 0 ? 0 : contradicted / claims.length,
    guard: share(parts.guard),
  };
}
