import type { Span } from '../text/index.ts';

/** A slice of a canonical text: `text.slice(start, end)` is `chunk.text`. */
export interface Chunk extends Span {
  /** From 0, in the order of the text. */
  readonly ordinal: number;
  readonly text: string;
  /** Where it starts, from 1; of texts with pages. */
  readonly page?: number;
  /** The headings that it stands under, the outermost first: `Methods > Setup`. */
  readonly heading?: string;
  /** What it is a part of, where that is more than the chunk: a section, a long row, a declaration. */
  readonly parent?: Span;
  /** Of rows, what they have in common: all fields where the chunk is one row. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A chunk before it is placed: without ordinal, text and page. */
export interface Slice extends Span {
  readonly heading?: string;
  readonly parent?: Span;
  readonly fields?: Readonly<Record<string, string>>;
}

export type CountTokens = (text: string) => number;

/** How much text a chunk may be, and how much of the chunk before it is repeated. */
export interface Bounds {
  /** Tokens. */
  readonly size: number;
  /** Tokens; at most half of `size`. Only where running text is cut: a row, a member, a section repeats nothing. */
  readonly overlap: number;
  /** Must not count more for a text than for its parts together, which holds for tokenizers. */
  readonly count: CountTokens;
}
