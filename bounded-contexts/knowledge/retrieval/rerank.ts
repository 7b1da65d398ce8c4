import type { Hit, Reranker } from './ports.ts';

/** How clearly the first hit leads: 0 where the second is as good, 1 where there is no second. */
export function marginOf(hits: readonly { readonly score: number }[]): number {
  const [first, second] = hits;
  if (!first || first.score <= 0) return 0;
  return second ? Math.min(1, (first.score - second.score) / first.score) : 1;
}

/**
 * Whether ranking again is worth its time: always for the premium tier; below it, where the lead is no clearer than
 * `clear` (default 0.1 of the best score).
 */
export const shouldRerank = ({
  tier,
  margin,
  clear = 0.1,
}: {
  readonly tier: number;
  readonly margin: number;
  readonly clear?: number;
}): boolean => tier >= 3 || margin <= clear;

/** The hits in the order that the reranker gives them; each keeps its own score and gets the reranker's. */
export async function reranked(
  reranker: Pick<Reranker, 'rerank'>,
  question: string,
  hits: readonly Hit[],
): Promise<readonly (Hit & { readonly rerankScore: number })[]> {
  if (hits.length === 0) return [];
  const scores = await reranker.rerank(
    question,
    hits.map(({ chunk }) => chunk.text),
  );
  return hits
    .map((hit, at) => ({ ...hit, rerankScore: scores[at] ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => b.rerankScore - a.rerankScore);
}
