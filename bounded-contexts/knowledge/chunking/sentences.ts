import type { Span } from '../text/index.ts';
import { endsSentence } from './abbreviations.ts';

/**
 * The sentences of a text, in order, without the white space between them. For English and Portuguese, whose
 * abbreviations it knows (`Intl.Segmenter` parts "Sr. Silva"); for other scripts by their marks. A blank line ends a
 * sentence, a single line end does not. Takes time in proportion to the text, whatever it is.
 */
export function sentences(text: string, within: Span = { start: 0, end: text.length }): Span[] {
  const found: Span[] = [];
  let start = skipSpace(text, within.start, within.end);
  let at = start;
  const finish = (end: number): void => {
    if (end > start) found.push({ start, end });
    start = at = skipSpace(text, end, within.end);
  };
  while (at < within.end) {
    const code = text.charCodeAt(at);
    if (code === newline) {
      const after = skipSpace(text, at, within.end);
      if (hasBlankLine(text, at, after)) finish(trimEnd(text, start, at));
      else at = after;
    } else if (isStop(code)) {
      const end = afterStops(text, at, within.end);
      if (isEnd(text, start, at, end, within.end)) finish(end);
      else at = end;
    } else {
      at++;
    }
  }
  finish(trimEnd(text, start, within.end));
  return found;
}

const newline = 10;
const fullStop = 46;
const latinStops = '.!?…؟۔।';
const wideStops = '。！？｡';
const closers = '"\'”’»)]}」』）';

const isStop = (code: number): boolean =>
  code === fullStop ||
  code === 33 ||
  code === 63 ||
  (code > 0x2000 || (code >= 0x600 && code < 0xa00)
    ? (latinStops + wideStops).includes(String.fromCharCode(code))
    : false);

function afterStops(text: string, at: number, to: number): number {
  let end = at;
  while (end < to && isStop(text.charCodeAt(end))) end++;
  while (end < to && closers.includes(text.charAt(end))) end++;
  return end;
}

/** Whether the stop at `at`, with what closes after it up to `end`, ends the sentence that began at `start`. */
function isEnd(text: string, start: number, at: number, end: number, to: number): boolean {
  if (end >= to || wideStops.includes(text.charAt(at))) return true;
  const after = skipSpace(text, end, to);
  // "3.14", "daybook.ts": what goes on without a space was no end.
  if (after === end) return false;
  const next = text.slice(after, Math.min(to, after + 8));
  if (/^["'“‘«([]*\p{Ll}/u.test(next)) return false;
  const alone = text.charCodeAt(at) === fullStop && end === at + 1;
  if (!alone) return true;
  const word = wordBefore(text, start, at);
  // "1. Introduction" is one thing.
  if (at - word.length === start && /^\p{N}{1,3}$/u.test(word)) return false;
  return endsSentence(word, next);
}

/** No abbreviation is longer. */
const longestWord = 24;

/** The word that ends before `at`, with stops inside it, without opening marks. */
function wordBefore(text: string, from: number, at: number): string {
  let start = at;
  while (start > from && at - start < longestWord && text.charCodeAt(start - 1) > 32) start--;
  return text.slice(start, at).replace(/^["'“‘«([]+/, '');
}

const isSpace = (code: number): boolean =>
  code === 32 || (code >= 9 && code <= 13) || (code >= 0xa0 && /\s/.test(String.fromCharCode(code)));

export function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  return at;
}

export function trimEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

function hasBlankLine(text: string, from: number, to: number): boolean {
  const first = text.indexOf('\n', from);
  const second = first < 0 ? -1 : text.indexOf('\n', first + 1);
  return second >= 0 && second < to;
}
