import type { Span } from '../text/index.ts';
import { skipSpace, trimEnd } from './sentences.ts';

interface Member extends Span {
  /** A member's name, or an element's index. */
  readonly key: string;
}

const quote = 34;
const comma = 44;
const opening = new Set([91, 123]);
const closing = new Set([93, 125]);
const longestKey = 100;

/**
 * The members of the outermost container in `span`, each from its name to the comma after it. Undefined where there is
 * none with members, or brackets do not match. Does not judge whether it is JSON.
 */
export function membersOf(text: string, { start, end }: Span): Member[] | undefined {
  const members: Member[] = [];
  let depth = 0;
  let from = -1;
  let isList = false;
  const member = (to: number): void => {
    const first = skipSpace(text, from, to);
    const last = trimEnd(text, first, to);
    if (last > first)
      members.push({ start: first, end: last, key: keyOf(text, first, last, isList, members.length) });
    from = to;
  };
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at, end) - 1;
    } else if (opening.has(code)) {
      if (depth === 0) {
        // Two containers beside each other are not one.
        if (from >= 0) return undefined;
        from = at + 1;
        isList = code === 91;
      }
      depth++;
    } else if (closing.has(code)) {
      depth--;
      if (depth < 0) return undefined;
      if (depth === 0) member(at);
    } else if (code === comma && depth === 1) {
      member(at + 1);
    }
  }
  return depth === 0 && members.length > 0 ? members : undefined;
}

function keyOf(text: string, start: number, end: number, isList: boolean, index: number): string {
  if (isList || text.charCodeAt(start) !== quote) return String(index);
  return text
    .slice(start + 1, Math.min(endOfString(text, start, end) - 1, start + 1 + longestKey))
    .toWellFormed();
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === quote) return at + 1;
  }
  return end;
}
