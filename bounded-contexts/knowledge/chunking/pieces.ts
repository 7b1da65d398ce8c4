import type { Span } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { recursiveSlices } from './recursive.ts';

/** What a piece stands in: the names from the outermost on, and the span of the innermost, where it is not all. */
export interface Surroundings {
  readonly names: readonly string[];
  readonly parent?: Span;
}

/** A part of something with structure, which may share a chunk with its neighbours. */
export interface Piece extends Span, Surroundings {
  readonly tokens: number;
  /** Where what it is a member of starts: pieces with the same are siblings. */
  readonly within: number;
  /** A part of what had to be cut without regard to structure: shares no chunk. */
  readonly alone?: boolean;
  /** What opens something, up to its first member: goes with what follows. */
  readonly opens?: boolean;
}

/** The span as one piece, or as several where it is larger than a chunk may be. */
export function asPieces(text: string, span: Span, bounds: Bounds, around: Surroundings): Piece[] {
  const within = around.parent?.start ?? 0;
  const tokens = bounds.count(text.slice(span.start, span.end));
  if (tokens <= bounds.size) return [{ ...around, start: span.start, end: span.end, tokens, within }];
  return recursiveSlices(text, bounds, span).map((part) => ({
    ...around,
    ...part,
    tokens: bounds.size,
    within,
    alone: true,
  }));
}

/** Tokens: more text before the first member of something is worth a chunk. */
const mostOpening = 48;

/** Short text before the first member of something, as `"paths": {`. */
export const opening = (pieces: readonly Piece[]): Piece[] =>
  pieces.map((piece) => (piece.tokens <= mostOpening && !piece.alone ? { ...piece, opens: true } : piece));

/** Brackets and commas: nothing that anybody would look for. */
const closing = /^[^\p{L}\p{N}]*$/u;
/** Tokens kept free for what closes a chunk, so that no chunk is a bracket. */
const reserve = 16;

/**
 * Neighbours with the same parent put together as far as they fit, under the path that they have in common. What opens
 * something goes with what follows it, what closes it with what is before.
 */
export function joined(text: string, pieces: readonly Piece[], bounds: Bounds): Slice[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    const together = last && joinedWith(text, last, piece, bounds);
    if (together) found[found.length - 1] = together;
    else found.push(piece);
  }
  return found.map(({ start, end, names, parent }) => ({
    start,
    end,
    ...(names.length > 0 && { heading: names.join(' > ') }),
    ...(parent && { parent }),
  }));
}

function joinedWith(text: string, last: Piece, piece: Piece, { size, count }: Bounds): Piece | undefined {
  const closes = piece.end - piece.start <= reserve && closing.test(text.slice(piece.start, piece.end));
  const siblings = !last.alone && !piece.alone && last.within === piece.within;
  if (!closes && !siblings && !(last.opens && !piece.alone)) return undefined;
  const tokens = last.tokens + count(text.slice(last.end, piece.start)) + piece.tokens;
  if (tokens > (closes || last.opens ? size : Math.max(size - reserve, size / 2))) return undefined;
  const { opens, parent, ...first } = last;
  return {
    ...first,
    // What closes a thing may close those around it as well.
    ...(parent && {
      parent: closes ? { start: parent.start, end: Math.max(parent.end, piece.end) } : parent,
    }),
    end: piece.end,
    tokens,
    names: closes ? last.names : opens ? piece.names : inCommon(last.names, piece.names),
    within: closes ? last.within : piece.within,
    ...(opens && piece.opens && { opens }),
  };
}

/** The names that two paths begin with; where one has none, the other's. */
function inCommon(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  const end = a.findIndex((name, index) => name !== b[index]);
  return end < 0 ? a : a.slice(0, end);
}
