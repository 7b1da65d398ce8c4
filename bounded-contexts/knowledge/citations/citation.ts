import type { Span } from '../wording/index.ts';

/** A pointer into the canonical text of a revision: `text.slice(start, end) === quote`. */
export interface Citation {
  readonly document: string;
  readonly revision: string;
  /** From 1. */
  readonly page?: number;
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  readonly quote: string;
}

/** What an answer may cite, in the order in which the prompt numbered it, from 1. */
export interface Source {
  readonly document: string;
  readonly revision: string;
  /** The canonical text of the whole revision. */
  readonly text: string;
  /** What of it the model was shown. */
  readonly chunk: Span;
  /** The page of the chunk, where pages are not known one by one. */
  readonly page?: number;
  /** The pages of the revision, in order. */
  readonly pages?: readonly Span[];
}

/** The page on which a quote begins. */
export function pageAt(source: Source, start: number): number | undefined {
  if (source.pages) {
    const index = source.pages.findLastIndex((page) => page.start <= start);
    return index === -1 ? undefined : index + 1;
  }
  return start >= source.chunk.start && start < source.chunk.end ? source.page : undefined;
}
