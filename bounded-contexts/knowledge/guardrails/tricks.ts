import type { Token } from './phrases.ts';

const block = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const longest = 20_000;

/** Base64 that holds readable text, where it stands. */
export function hiddenTexts(text: string): { start: number; end: number; decoded: string }[] {
  const found: { start: number; end: number; decoded: string }[] = [];
  for (const { 0: encoded, index } of text.matchAll(block)) {
    if (/^[a-z]+$|^[A-Z]+$|^\d+$/.test(encoded)) continue;
    const decoded = Buffer.from(encoded.slice(0, longest), 'base64').toString('utf8');
    const readable = decoded.match(/[\p{L}\p{N}\p{P}\p{Zs}\n]/gu)?.length ?? 0;
    if (decoded.length >= 8 && !decoded.includes('\ufffd') && readable >= decoded.length * 0.95)
      found.push({ start: index, end: index + encoded.length, decoded });
  }
  return found;
}

/** Fewer single letters in a row are initials, or a formula. */
const leastLetters = 8;
const longestWord = 24;

/**
 * Words that were written letter by letter (`i g n o r e`): runs of single letters, cut into `known` words, the longest
 * first. Letters that are of none are passed over.
 */
export function spacedWords(
  tokens: readonly Token[],
  known: ReadonlySet<string>,
): { tokens: Token[]; start: number; end: number }[] {
  const runs: { tokens: Token[]; start: number; end: number }[] = [];
  for (let from = 0; from < tokens.length; ) {
    let to = from;
    while (tokens[to]?.word.length === 1) to += 1;
    if (to - from >= leastLetters) {
      const letters = tokens.slice(from, to);
      runs.push({
        tokens: cut(letters.map(({ word }) => word).join(''), known),
        start: letters[0]?.start ?? 0,
        end: letters.at(-1)?.end ?? 0,
      });
    }
    from = Math.max(to, from + 1);
  }
  return runs;
}

function cut(joined: string, known: ReadonlySet<string>): Token[] {
  const words: Token[] = [];
  for (let at = 0; at < joined.length; ) {
    let size = Math.min(longestWord, joined.length - at);
    while (size > 2 && !known.has(joined.slice(at, at + size))) size -= 1;
    if (size > 2) words.push({ word: joined.slice(at, at + size), start: at, end: at + size });
    at += size > 2 ? size : 1;
  }
  return words;
}
