import type { Span } from '../text/index.ts';
import type { Hit } from './ports.ts';

/** A span of a revision's canonical text, and the hits that led to it, best first. */
export interface Passage extends Span {
  readonly document: string;
  readonly revision: string;
  /** Of its best hit, as the search scored it. */
  readonly score: number;
  readonly hits: readonly Hit[];
}

/**
 * Small chunks are found more exactly, larger ones are read more easily: each hit stands for its parent, or for itself
 * where it has none. Spans that touch each other become one; the order is that of the best hit. `hits` are best first,
 * whatever their scores: who put them in another order need not score as the search did.
 */
export function passagesOf(hits: readonly Hit[]): Passage[] {
  const ranks = new Map<Hit | undefined, number>(hits.map((hit, at) => [hit, at]));
  const byRank = (a: Hit | undefined, b: Hit | undefined) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0);
  const byRevision = Map.groupBy(hits, ({ document, revision }) => JSON.stringify([document, revision]));
  const passages = [...byRevision.values()].flatMap((own) => joined(own, byRank));
  return passages.sort((a, b) => byRank(a.hits[0], b.hits[0]));
}

function joined(hits: readonly Hit[], byRank: (a: Hit, b: Hit) => number): Passage[] {
  const spans = hits.map((hit) => ({ hit, span: hit.chunk.parent ?? hit.chunk }));
  spans.sort((a, b) => a.span.start - b.span.start);
  const groups: { start: number; end: number; hits: Hit[] }[] = [];
  for (const { hit, span } of spans) {
    const last = groups.at(-1);
    if (last && span.start <= last.end) {
      last.end = Math.max(last.end, span.end);
      last.hits.push(hit);
    } else groups.push({ start: span.start, end: span.end, hits: [hit] });
  }
  return groups.map(({ start, end, hits: own }) => {
    const ordered = own.sort(byRank);
    const [{ document, revision, score }] = ordered as [Hit, ...Hit[]];
    return { document, revision, start, end, score, hits: ordered };
  });
}
