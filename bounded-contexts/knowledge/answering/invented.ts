import {
  type CheckedAnswer,
  type Claim,
  citationChecker,
  type DropReason,
  type ParsedAnswer,
  type Source,
} from '../citations/index.ts';
import type { Edit } from './edited.ts';

/** Reasons for which a quote is no mere carelessness: nothing like it stands in what the model was shown. */
const madeUp = new Set<DropReason>(['not-found', 'unreadable']);
const inProse = /["“«„]([^"“”«»„\n]{8,2000})["”»“]/gu;

const plain = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();
/** What an unreadable sign leaves behind follows it at once. */
const behind = 2;

/**
 * The sentences of an answer that are not to be read, as edits that take them out: those whose every quote was made up
 * or of a source that is not there, those that say a made-up quote in the answer's own prose, what a broken sign left
 * behind, and those that put words in quote marks that neither sources nor question hold. What is merely without a quote
 * stays, with its verdict. Pure.
 */
export function inventedIn(
  parsed: ParsedAnswer,
  checked: CheckedAnswer,
  sources: readonly Source[],
  question: string,
): Edit[] {
  const dropped = new Map(checked.dropped.map(({ source, quote, reason }) => [`${source} ${quote}`, reason]));
  const quotes = checked.dropped.flatMap(({ quote, reason }) => (reason === 'not-found' ? plain(quote) : []));
  const checker = citationChecker(sources);
  const asked = plain(question);
  let broken = Number.NEGATIVE_INFINITY;

  function invented({ text, start, cited }: Claim, proven: boolean): boolean {
    const left = cited.length === 0 && start - broken <= behind;
    broken = cited.findLast(({ unreadable }) => unreadable)?.at ?? broken;
    if (proven) return false;
    const falsely = cited.some(({ source, quote }) => {
      const reason = dropped.get(`${source} ${quote ?? text}`);
      return reason !== undefined && (madeUp.has(reason) || source < 1 || source > sources.length);
    });
    const said = plain(text);
    return left || falsely || quotes.some((quote) => quote !== '' && said.includes(quote));
  }
  const inventsInProse = (text: string): boolean =>
    [...text.matchAll(inProse)].some(([, words = '']) => {
      const found = checker.checkShown(0, words);
      return (found === 'not-found' || found === 'ambiguous') && !asked.includes(plain(words));
    });
  return parsed.claims.flatMap((claim, index): Edit[] => {
    const proven = (checked.claims[index]?.citations.length ?? 0) > 0;
    if (!invented(claim, proven) && !inventsInProse(claim.text)) return [];
    const space = /^\s*/.exec(parsed.text.slice(claim.end))?.[0].length ?? 0;
    return [{ start: claim.start, end: claim.end + space, text: '' }];
  });
}
