import { linesOf } from './lines.ts';
import { regionsOf } from './order.ts';
import type { Run } from './runs.ts';

/** A paragraph, its lines not yet put together. */
export interface Paragraph {
  readonly lines: string[];
  /** Of its font, in points, to the half. */
  readonly size: number;
}

/** The paragraphs of a page in reading order; one that goes on at the head of the next column is one. */
export function paragraphsOf(runs: readonly Run[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  for (const region of regionsOf(runs)) {
    for (const [index, line] of linesOf(region).entries()) {
      const last = paragraphs.at(-1);
      const size = Math.round(line.size * 2) / 2;
      const goesOn = last && (index > 0 ? !line.begins : isContinued(last, line.text, size));
      if (last && goesOn) last.lines.push(line.text.trim());
      else paragraphs.push({ lines: [line.text.trim()], size });
    }
  }
  return paragraphs;
}

function isContinued({ lines, size }: Paragraph, next: string, nextSize: number): boolean {
  const end = lines.at(-1) ?? '';
  return size === nextSize && lines.length > 1 && /[\p{Ll},-]$/u.test(end) && /^\p{Ll}/u.test(next);
}

/** The dots that lead to a number in a table of contents. */
const leader = /(?: ?\.){6,}/g;
const brokenWord = /(\p{L}+)[-‐]$/u;

/**
 * The lines of a paragraph as one. A word that is broken at a line's end is made whole, with its hyphen where the document
 * writes it so elsewhere, without where it writes it without or nowhere.
 */
export function joinLines(lines: readonly string[], words: ReadonlySet<string>): string {
  let text = '';
  for (const line of lines) {
    const first = brokenWord.exec(text)?.[1];
    const second = /^(\p{L}+)/u.exec(line)?.[1];
    if (text === '') text = line;
    else if (first === undefined || second === undefined) text = `${text} ${line}`;
    else text = isOneWord(first, second, words) ? `${text.slice(0, -1)}${line}` : `${text}${line}`;
  }
  return text.replace(/\s+/g, ' ').replace(leader, ' …');
}

function isOneWord(first: string, second: string, words: ReadonlySet<string>): boolean {
  if (words.has(`${first}${second}`.toLowerCase())) return true;
  return !words.has(`${first}-${second}`.toLowerCase()) && /^\p{Ll}/u.test(second);
}

/** The words of a document, compounds with their hyphens, but no halves at the ends of lines. */
export function wordsOf(lines: Iterable<string>): Set<string> {
  const words = new Set<string>();
  for (const line of lines) {
    for (const [word] of line.matchAll(/\p{L}+(?:[-‐]\p{L}+)*(?![-‐\p{L}]|$)/gu))
      words.add(word.toLowerCase());
  }
  return words;
}
