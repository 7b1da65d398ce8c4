import { type Folded, folded, inWord, remembered, type Span } from '../wording/index.ts';
import { occurrences } from './search.ts';

export interface FoundQuote {
  readonly start: number;
  readonly end: number;
  /** `text.slice(start, end)`: what is shown, whatever the model wrote. */
  readonly quote: string;
  readonly how: 'exact' | 'normalised';
}

/** Why a quote is no proof. */
export type NotFound = 'too-short' | 'not-found' | 'ambiguous';

const quoteMarks = new Map([
  ...[...'“”„‟«»″〝〞'].map((mark) => [mark, '"'] as const),
  ...[...'‘’‚‛′`´'].map((mark) => [mark, "'"] as const),
  ...[...'‒–—―−'].map((mark) => [mark, '-'] as const),
]);
const invisible = /^[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]$/u;

/** Case, compatibility forms (ligatures, full width), diacritics, quote marks and dashes do not count. */
const fold = remembered((code) => {
  const character = String.fromCodePoint(code);
  if (invisible.test(character)) return '';
  const mark = quoteMarks.get(character);
  if (mark !== undefined) return mark;
  const plain = character
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  // What lower case brings along: İ.
  return plain.replace(/[\u0300-\u036f]/g, '').replace(/\s+/gu, ' ');
});
const normalised = (text: string): Folded => folded(text, fold, { collapse: true, joinHyphens: true });

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/**
 * A quote proves nothing below two words and eight letters or digits: `the warranty` occurs in any manual. Scripts
 * without spaces between words count two characters as a word.
 */
function longEnough(quote: string): boolean {
  if ((quote.match(unspaced)?.length ?? 0) >= 4) return true;
  const words = quote.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length >= 2 && words.reduce((sum, word) => sum + word.length, 0) >= 8;
}

/** Whether a word goes on from the character before `at` to the one there. */
const goesOn = (text: string, at: number): boolean =>
  at > 0 &&
  at < text.length &&
  inWord(text, at) &&
  inWord(text, at - 1) &&
  text.slice(at - 1, at + 1).match(unspaced) === null;

/** Whether an occurrence begins and ends with whole words and numbers: `5 kg` is not in `15 kg` or `1.5 kg`. */
function whole(text: string, start: number, end: number): boolean {
  if (goesOn(text, start) || goesOn(text, end)) return false;
  const digit = (at: number) => /\d/.test(text.charAt(at));
  const point = (at: number) => /[.,]/.test(text.charAt(at));
  if (digit(start) && point(start - 1) && digit(start - 2)) return false;
  return !(digit(end - 1) && point(end) && digit(end + 1));
}

function exactly(text: string, quote: string, within: Span): number {
  let at = -1;
  occurrences(text, quote, within.start, within.end, (found) => {
    if (!whole(text, found, found + quote.length)) return true;
    at = found;
    return false;
  });
  return at;
}

const edges = /^[\s"'“”‘’«»…]+|[\s"'“”‘’«»…]+$/gu;

/** Finds quotes in one text; what it needs of the whole text is made once, when first needed. */
export function quoteFinder(text: string): (quote: string, hint?: Span) => FoundQuote | NotFound {
  let plain: Folded | undefined;
  return (given, hint) => {
    const quote = given.replace(edges, '');
    if (!longEnough(quote)) return 'too-short';
    const at = hint ? exactly(text, quote, hint) : -1;
    const start = at === -1 ? exactly(text, quote, { start: 0, end: text.length }) : at;
    if (start !== -1) return { start, end: start + quote.length, quote, how: 'exact' };
    plain ??= normalised(text);
    const wanted = normalised(quote).text;
    const found = once(plain, wanted);
    // A model ends a quote as its own sentence ends.
    const ended = wanted.replace(/[\s.,;:!?]+$/, '');
    const span = found === 'not-found' && ended !== wanted ? once(plain, ended) : found;
    if (typeof span === 'string') return span;
    return { ...span, quote: text.slice(span.start, span.end), how: 'normalised' };
  };
}

function once({ text, origin }: Folded, wanted: string): Span | NotFound {
  if (wanted === '') return 'not-found';
  const found: number[] = [];
  occurrences(text, wanted, 0, text.length, (at) => {
    if (whole(text, at, at + wanted.length)) found.push(at);
    return found.length < 2;
  });
  const [first, second] = found;
  if (first === undefined) return 'not-found';
  return second === undefined ? origin(first, first + wanted.length) : 'ambiguous';
}

/**
 * Finds a quote in a canonical text: exactly (inside `hint` first, then the first occurrence), or where it occurs once
 * when case, white space, hyphens, line ends, quote marks, dashes, ligatures, diacritics and punctuation at its end do not
 * count. Whole words only; undefined for all else, and for what is too short to prove anything (fewer than two words
 * or eight letters). Linear in the text; 10 MB are searched in under a second.
 */
export function findQuote(text: string, quote: string, hint?: Span): FoundQuote | undefined {
  const found = quoteFinder(text)(quote, hint);
  return typeof found === 'string' ? undefined : found;
}
