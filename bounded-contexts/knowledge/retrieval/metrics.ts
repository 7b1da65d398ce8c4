/**
 * How well a ranking answers, against judgements. A ranking is document ids, best first, none twice; judgements give
 * grades above 0 to the relevant ones. Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation, 2002, for nDCG.
 */
export type Judgements = ReadonlyMap<string, number>;

/** With the grade itself as gain, and log2(rank + 1) as discount. */
export function ndcg(ranking: readonly string[], judged: Judgements, k: number): number {
  const gains = [...judged.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  const ideal = dcg(gains.slice(0, k));
  if (ideal === 0) return 0;
  return dcg(ranking.slice(0, k).map((id) => Math.max(0, judged.get(id) ?? 0))) / ideal;
}

const dcg = (gains: readonly number[]): number =>
  gains.reduce((sum, gain, at) => sum + gain / Math.log2(at + 2), 0);

const relevant = (judged: Judgements): ReadonlySet<string> =>
  new Set([...judged].filter(([, grade]) => grade > 0).map(([id]) => id));

const found = (ranking: readonly string[], judged: Judgements, k: number): number => {
  const wanted = relevant(judged);
  return ranking.slice(0, k).filter((id) => wanted.has(id)).length;
};

export function recall(ranking: readonly string[], judged: Judgements, k: number): number {
  const all = relevant(judged).size;
  return all === 0 ? 0 : found(ranking, judged, k) / all;
}

export const precision = (ranking: readonly string[], judged: Judgements, k: number): number =>
  found(ranking, judged, k) / k;

/** 1 / the rank of the first relevant one; 0 where none is found. */
export function reciprocalRank(ranking: readonly string[], judged: Judgements): number {
  const wanted = relevant(judged);
  const at = ranking.findIndex((id) => wanted.has(id));
  return at < 0 ? 0 : 1 / (at + 1);
}
