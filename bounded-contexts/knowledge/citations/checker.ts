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
  /** Looks in the whole text of the source that the model names, then in what it was shown of the others. */
  check(reference: Pick<Cited, 'source' | 'quote' | 'unreadable'>): Checked | DropReason;
  /** As `check`, for words that the model does not call a quote: looks in what it was shown only. */
  checkShown(source: number, words: string): Checked | DropReason;
}

/** Checks quotes against sources. Texts that several sources share are prepared once. */
export function citationChecker(sources: readonly Source[]): Checker {
  const finders = new Map<string, ReturnType<typeof quoteFinder>>();
  const finderOf = (text: string) => {
    const known = finders.get(text) ?? quoteFinder(text);
    finders.set(text, known);
    return known;
  };
  const shown = sources.map(({ text, chunk }) => text.slice(chunk.start, chunk.end));

  function search(source: number, quote: string, whole: boolean): Checked | DropReason {
    const order = [...sources.keys()].sort(
      (a, b) => Number(b + 1 === source) - Number(a + 1 === source) || a - b,
    );
    let reason: NotFound = 'not-found';
    for (const index of order) {
      const from = sources[index] as Source;
      // Long texts are searched only where there is reason to.
      if (!(whole && index + 1 === source)) {
        const near = finderOf(shown[index] as string)(quote);
        if (near === 'too-short') return near;
        if (typeof near === 'string') continue;
      }
      const found = finderOf(from.text)(quote, from.chunk);
      if (found === 'too-short') return found;
      if (found === 'ambiguous') reason = found;
      if (typeof found === 'string') continue;
      const page = pageAt(from, found.start);
      const { document, revision } = from;
      const { start, end, quote: words, how } = found;
      const citation = {
        document,
        revision,
        ...(page === undefined ? {} : { page }),
        start,
        end,
        quote: words,
      };
      return { citation, source: index + 1, how };
    }
    return reason;
  }

  return {
    check({ source, quote, unreadable }) {
      if (unreadable) return 'unreadable';
      return quote === undefined ? 'no-quote' : search(source, quote, true);
    },
    checkShown: (source, words) => search(source, words, false),
  };
}
