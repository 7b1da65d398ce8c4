import type { Span } from '../text/index.ts';
import type { CountTokens } from './chunk.ts';
import { sentences, skipSpace, trimEnd } from './sentences.ts';

/** A span that is not parted further, with its tokens. */
export interface Unit extends Span {
  readonly tokens: number;
}

type Split = (text: string, span: Span) => Iterable<Span>;

/**
 * The text within `span` as units of at most `most` tokens, as large as they can be whole: paragraphs, else their
 * lines, else sentences, else words, else as many characters as fit. White space between units is in none.
 */
export function unitsOf(text: string, span: Span, most: number, count: CountTokens): Unit[] {
  const units: Unit[] = [];
  const visit = (part: Span, level: number): void => {
    const tokens = count(text.slice(part.start, part.end));
    if (tokens <= most) {
      units.push({ start: part.start, end: part.end, tokens });
      return;
    }
    const split = levels[level];
    if (split) for (const smaller of split(text, part)) visit(smaller, level + 1);
    else cutHard(text, part, most, count, units);
  };
  for (const part of paragraphs(text, span)) visit(part, 1);
  return units;
}

function* separated(text: string, { start, end }: Span, separator: RegExp): Generator<Span> {
  const slice = text.slice(start, end);
  let from = 0;
  for (const match of slice.matchAll(separator)) {
    yield* trimmed(text, start + from, start + match.index);
    from = match.index + match[0].length;
  }
  yield* trimmed(text, start + from, end);
}

export function* trimmed(text: string, from: number, to: number): Generator<Span> {
  const start = skipSpace(text, from, to);
  const end = trimEnd(text, start, to);
  if (end > start) yield { start, end };
}

const paragraphs: Split = (text, span) => separated(text, span, /\n(?=[^\S\n]*\n)/g);
const lines: Split = (text, span) => separated(text, span, /\n/g);
const words: Split = (text, span) => separated(text, span, /\s+/g);
const levels: readonly Split[] = [paragraphs, lines, sentences, words];

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** How far a cut looks for the end of what a reader sees as one character. */
const longestGrapheme = 64;

/** Cuts what has no white space, between characters as readers see them. */
function cutHard(text: string, span: Span, most: number, count: CountTokens, units: Unit[]): void {
  let start = span.start;
  while (start < span.end) {
    let length = Math.min(span.end - start, Math.max(1, most) * 4);
    let tokens = count(text.slice(start, start + length));
    while (tokens > most && length > 1) {
      length = Math.ceil(length / 2);
      tokens = count(text.slice(start, start + length));
    }
    const end = wholeCharacters(text, start, start + length, span.end);
    units.push({ start, end, tokens: end === start + length ? tokens : count(text.slice(start, end)) });
    start = end;
  }
}

/** The nearest place at or before `at`, but after `start`, where no character is cut. */
function wholeCharacters(text: string, start: number, at: number, to: number): number {
  if (at >= to) return to;
  const from = Math.max(start, at - longestGrapheme);
  const found = graphemes.segment(text.slice(from, Math.min(to, at + longestGrapheme))).containing(at - from);
  const boundary = from + (found?.index ?? 0);
  if (boundary > start) return boundary;
  // One endless character: never between the halves of a pair, at least.
  const code = text.charCodeAt(at);
  const splitsPair = code >= 0xdc00 && code <= 0xdfff;
  return splitsPair ? (at - 1 > start ? at - 1 : Math.min(to, at + 1)) : at;
}
