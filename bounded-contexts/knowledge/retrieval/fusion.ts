import type { Hit, Part, SearchMode, Weights } from './ports.ts';

/** One candidate of one kind of search; `key` says which candidate of the other kind is the same. */
export interface Scored<T> {
  readonly key: string;
  readonly item: T;
  readonly score: number;
}

export interface Fused<T> {
  readonly key: string;
  readonly item: T;
  readonly score: number;
  readonly parts: Hit['parts'];
}

const defaultWeights: Weights = { dense: 0.7, keyword: 0.3 };
/** Of Cormack, Clarke and Büttcher, Reciprocal Rank Fusion, 2009. */
export const rrfK = 60;

interface Fusion<T> {
  readonly mode: SearchMode;
  /** Best first, both. */
  readonly keyword: readonly Scored<T>[];
  readonly dense: readonly Scored<T>[];
  readonly weights?: Weights;
  /** The score of what only the other kind found, where it can be had. */
  readonly missing?: { readonly keyword: (item: T) => number; readonly dense: (item: T) => number };
}

interface Entry<T> {
  readonly item: T;
  keyword?: Part;
  dense?: Part;
}

/** One list of two, best first. A kind that found nothing takes no part. */
export function fuse<T>({ mode, keyword, dense, weights = defaultWeights, missing }: Fusion<T>): Fused<T>[] {
  const entries = new Map<string, Entry<T>>();
  for (const [at, { key, item, score }] of keyword.entries())
    entries.set(key, { item, keyword: { score, rank: at + 1 } });
  for (const [at, { key, item, score }] of dense.entries()) {
    const entry = entries.get(key) ?? { item };
    entry.dense = { score, rank: at + 1 };
    entries.set(key, entry);
  }
  if (missing && keyword.length > 0 && dense.length > 0)
    for (const entry of entries.values()) {
      entry.keyword ??= { score: missing.keyword(entry.item) };
      entry.dense ??= { score: missing.dense(entry.item) };
    }
  const score =
    mode === 'hybrid' ? weighted(keyword, dense, weights) : mode === 'rrf' ? reciprocalRanks : single;
  return [...entries]
    .map(([key, { item, ...parts }]) => ({ key, item, score: score(parts), parts }))
    .sort((a, b) => b.score - a.score);
}

type Score = (parts: Hit['parts']) => number;

const single: Score = ({ keyword, dense }) => keyword?.score ?? dense?.score ?? 0;

const reciprocalRanks: Score = ({ keyword, dense }) =>
  (keyword?.rank ? 1 / (rrfK + keyword.rank) : 0) + (dense?.rank ? 1 / (rrfK + dense.rank) : 0);

/**
 * A convex combination of scores from 0 to 1, in the manner of Bruch, Gai and Ingber, An Analysis of Fusion Functions
 * for Hybrid Retrieval, 2023: bounds are those of the measure where they are known, and not those of the candidates,
 * so that the worst of them is not pulled down to 0 however near it is to the best. A cosine lies between -1 and 1;
 * BM25 begins at 0 and has no upper bound but the best that was found (docs/adr/0094).
 */
function weighted(
  keyword: readonly Scored<unknown>[],
  dense: readonly Scored<unknown>[],
  weights: Weights,
): Score {
  const most = keyword[0]?.score ?? 0;
  // What is not among the candidates is at most as near as the last of them.
  const farthest = dense.at(-1)?.score;
  return (parts) => {
    const near = parts.dense?.score ?? farthest;
    return (
      (most > 0 ? (weights.keyword * (parts.keyword?.score ?? 0)) / most : 0) +
      (near === undefined ? 0 : (weights.dense * (near + 1)) / 2)
    );
  };
}
