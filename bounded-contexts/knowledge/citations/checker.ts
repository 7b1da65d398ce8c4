import type { Cited } from './answer-stream.ts';
import { type Citation, pageAt, type Source } from './citation.ts';
import { type FoundQuote, type NotFound, quoteFinder } from './find-quote.ts';

/** Why a reference did not become a citation. */
export type DropReason = NotFound | 'unreadable' | 'no-quote';

export interface Checked {
  readonly citation: Citation;
  /** The number of the source in which it was found, from 1: not always the one that the model named. */
  readonly source: number;
  readonly how: FoundQuote['how'];
}

export interface Checker {
  /** Looks where the model says, then in the other sources. */
  check(reference: Pick<Cited, 'source' | 'quote' | 'unreadable'>): Checked | DropReason;
}

/** Checks quotes against sources. Texts that several sources share are prepared once. */
export function citationChecker(sources: readonly Source[]): Checker {
  const finders = new Map<string, ReturnType<typeof quoteFinder>>();
  const finderOf = (text: string) => {
    const known = finders.get(text) ?? quoteFinder(text);
    finders.set(text, known);
    return known;
  };
  return {
    check({ source, quote, unreadable }) {
      if (unreadable) return 'unreadable';
      if (quote === undefined) return 'no-quote';
      const order = [...sources.keys()].sort(
        (a, b) => Number(b + 1 === source) - Number(a + 1 === source) || a - b,
      );
      const asked = new Set<string>();
      let reason: NotFound = 'not-found';
      for (const index of order) {
        const from = sources[index] as Source;
        const revision = `${from.document} ${from.revision} ${from.chunk.start}`;
        if (asked.has(revision)) continue;
        asked.add(revision);
        const found = finderOf(from.text)(quote, from.chunk);
        if (found === 'too-short') return found;
        if (found === 'ambiguous') reason = found;
        if (typeof found === 'string') continue;
        const page = pageAt(from, found.start);
        const { document, revision: id } = from;
        const { start, end, quote: shown } = found;
        const citation = {
          document,
          revision: id,
          ...(page === undefined ? {} : { page }),
          start,
          end,
          quote: shown,
        };
        return { citation, source: index + 1, how: found.how };
      }
      return reason;
    },
  };
}
