/**
 * Maximal marginal relevance (Carbonell and Goldstein, 1998): of `hits`, best first, the `k` that are near to the
 * question and far from each other. `lambda` is the share of relevance against novelty: 1 leaves the order as it is.
 * Scores are measured against the best; similarity is from 0 to 1.
 */
export function diversify<T extends { readonly score: number }>(
  hits: readonly T[],
  k: number,
  { lambda = 0.7, similarity }: { readonly lambda?: number; readonly similarity: (a: T, b: T) => number },
): T[] {
  const best = hits.reduce((most, { score }) => Math.max(most, score), 0) || 1;
  /** How near each is to what was chosen; kept up as choices are made. */
  const nearest = new Map(hits.map((hit) => [hit, 0]));
  const chosen: T[] = [];
  while (chosen.length < k && nearest.size > 0) {
    let next: T | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (const [hit, near] of nearest) {
      const worth = lambda * (hit.score / best) - (1 - lambda) * near;
      if (worth > highest) {
        highest = worth;
        next = hit;
      }
    }
    if (next === undefined) break;
    nearest.delete(next);
    chosen.push(next);
    for (const [hit, near] of nearest) nearest.set(hit, Math.max(near, similarity(next, hit)));
  }
  return chosen;
}

/** The share of terms that two texts have in common, of all that either has (Jaccard). */
export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  return a.intersection(b).size / a.union(b).size;
}
