import type { Span } from '../text/index.ts';
import type { Bounds, CountTokens } from './chunk.ts';
import { skipSpace, trimEnd } from './sentences.ts';
import type { Unit } from './units.ts';

/**
 * Units, in order, put together to spans of at most `size` tokens, each as full as it can be. Each but the first
 * begins with the last words of what the one before it added: as many whole words as `overlap` tokens hold, none
 * where with them the first unit would not fit.
 */
export function pack(text: string, units: readonly Unit[], { size, overlap, count }: Bounds): Span[] {
  const spans: Span[] = [];
  let open: { start: number; fresh: number; end: number; tokens: number } | undefined;
  for (const unit of units) {
    if (open) {
      const more = gap(text, open.end, unit.start, count) + unit.tokens;
      if (open.tokens + more <= size) {
        open = { ...open, end: unit.end, tokens: open.tokens + more };
        continue;
      }
      spans.push({ start: open.start, end: open.end });
      const tail = overlap > 0 ? lastWords(text, open.fresh, open.end, overlap, count) : undefined;
      if (tail && tail.tokens + more <= size) {
        open = { start: tail.start, fresh: unit.start, end: unit.end, tokens: tail.tokens + more };
        continue;
      }
    }
    open = { start: unit.start, fresh: unit.start, end: unit.end, tokens: unit.tokens };
  }
  if (open) spans.push({ start: open.start, end: open.end });
  return spans;
}

const gap = (text: string, from: number, to: number, count: CountTokens): number =>
  from >= to ? 0 : count(text.slice(from, to));

/** Where the last words of at most `most` tokens begin; undefined where not even one fits. */
function lastWords(
  text: string,
  from: number,
  to: number,
  most: number,
  count: CountTokens,
): { start: number; tokens: number } | undefined {
  let start = to;
  let tokens = 0;
  while (start > from) {
    const end = trimEnd(text, from, start);
    let word = end;
    // A word longer than anything that fits is not worth walking through.
    while (word > from && end - word <= longestWord && skipSpace(text, word - 1, word) !== word) word--;
    const more = count(text.slice(word, start));
    if (end - word > longestWord || end === from || tokens + more > most) break;
    tokens += more;
    start = word;
  }
  return start < to ? { start, tokens } : undefined;
}

const longestWord = 200;
