/**
 * BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) with the inverse document frequency that
 * is never negative: ln(1 + (N - df + 0.5) / (df + 0.5)). N, df and the average length are counted over what the asker
 * may see at the time of the search, so they are exact after every change and tell of nothing else.
 */
import type { Searched } from './masks.ts';
import { rowOf } from './segment.ts';
import type { TopK } from './top-k.ts';

const k1 = 1.2;
const b = 0.75;

interface WeightedTerm {
  readonly id: number;
  /** Inverse document frequency, times how often it is asked for. */
  readonly weight: number;
}

/** What one analyser's question comes to. */
export interface KeywordQuery {
  readonly terms: readonly WeightedTerm[];
  readonly averageLength: number;
}

export function keywordQuery(ids: readonly number[], searched: readonly Searched[]): KeywordQuery {
  const chunks = searched.reduce((sum, one) => sum + one.chunksInRights, 0);
  const length = searched.reduce((sum, one) => sum + one.lengthInRights, 0);
  const asked = new Map<number, number>();
  for (const id of ids) asked.set(id, (asked.get(id) ?? 0) + 1);
  const terms: WeightedTerm[] = [];
  for (const [id, times] of asked) {
    const holding = searched.reduce((sum, one) => sum + chunksWith(one, id), 0);
    if (holding > 0)
      terms.push({ id, weight: times * Math.log(1 + (chunks - holding + 0.5) / (holding + 0.5)) });
  }
  return { terms, averageLength: length / Math.max(1, chunks) || 1 };
}

/** Document frequency: of a segment that is seen whole it is a subtraction. */
function chunksWith({ segment, rights }: Searched, term: number): number {
  const row = rowOf(segment, term);
  if (row < 0) return 0;
  const begins = segment.offsets[row] as number;
  const stops = segment.offsets[row + 1] as number;
  if (!rights) return stops - begins;
  let count = 0;
  for (let at = begins; at < stops; at++) count += rights[segment.postings[at] as number] as number;
  return count;
}

/** Scores by chunk, used again from search to search. */
let scratch = new Float64Array(0);

export function scoreKeywords(query: KeywordQuery, searched: Searched, best: TopK): void {
  const { segment, mask, index } = searched;
  const count = segment.chunks.length;
  if (scratch.length < count) scratch = new Float64Array(Math.max(count, 2 * scratch.length));
  const scores = scratch;
  scores.fill(0, 0, count);
  const { offsets, postings, frequencies, lengths } = segment;
  const perTerm = (k1 * b) / query.averageLength;
  let touched = false;
  for (const { id, weight } of query.terms) {
    const row = rowOf(segment, id);
    if (row < 0) continue;
    touched = true;
    const stops = offsets[row + 1] as number;
    const factor = weight * (k1 + 1);
    for (let at = offsets[row] as number; at < stops; at++) {
      const chunk = postings[at] as number;
      const frequency = frequencies[at] as number;
      scores[chunk] =
        (scores[chunk] as number) +
        (factor * frequency) / (frequency + k1 * (1 - b) + perTerm * (lengths[chunk] as number));
    }
  }
  if (!touched) return;
  for (let chunk = 0; chunk < count; chunk++) {
    const score = scores[chunk] as number;
    if (score > 0 && score > best.least && (!mask || mask[chunk] === 1)) best.add(score, index, chunk);
  }
}

/** The same score, of one chunk. */
export function keywordScore(query: KeywordQuery, { segment }: Searched, chunk: number): number {
  const { offsets, postings, frequencies, lengths } = segment;
  const norm = k1 * (1 - b + (b * (lengths[chunk] as number)) / query.averageLength);
  let score = 0;
  for (const { id, weight } of query.terms) {
    const row = rowOf(segment, id);
    if (row < 0) continue;
    let low = offsets[row] as number;
    let high = (offsets[row + 1] as number) - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((postings[middle] as number) < chunk) low = middle + 1;
      else high = middle;
    }
    if (postings[low] !== chunk) continue;
    const frequency = frequencies[low] as number;
    score += (weight * (k1 + 1) * frequency) / (frequency + norm);
  }
  return score;
}
