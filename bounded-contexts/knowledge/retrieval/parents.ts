import type { Span } from '../text/index.ts';
import type { Hit } from './ports.ts';

/** A span of a revision's canonical text, and the hits that led to it, best first. */
export interface Passage extends Span {
  readonly document: string;
  readonly revision: string;
  /** Of its best hit. */
  readonly score: number;
  readonly hits: readonly Hit[];
}

/**
 * Small chunks are found more exactly, larger ones are read more easily: each hit stands for its parent, or for itself
 * where it has none. Spans that touch each other become one; the order is that of the best hit.
 */
export function passagesOf(hits: readonly Hit[]): Passage[] {
  const byRevision = Map.groupBy(hits, ({ document, revision }) => JSON.stringify([document, revision]));
  const passages = [...byRevision.values()].flatMap(joined);
  return passages.sort((a, b) => b.score - a.score);
}

function joined(hits: readonly Hit[]): Passage[] {
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
    const ordered = own.sort((a, b) => b.score - a.score);
    const [{ document, revision, score }] = ordered as [Hit, ...Hit[]];
    return { document, revision, start, end, score, hits: ordered };
  });
}
