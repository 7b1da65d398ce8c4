import type { Span } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { recursiveSlices } from './recursive.ts';

/** A part of something with structure, which may share a chunk with its neighbours. */
export interface Piece extends Slice {
  readonly tokens: number;
  /** A part of what had to be cut without regard to structure: shares no chunk. */
  readonly alone?: boolean;
  /** What opens something, up to its first member: goes with what follows. */
  readonly opens?: boolean;
}

/** What a piece stands in: the names from the outermost on, and the span of the innermost, where it is not all. */
export interface Surroundings {
  readonly names: readonly string[];
  readonly parent?: Span;
}

const placed = ({ names, parent }: Surroundings): Pick<Slice, 'heading' | 'parent'> => ({
  ...(names.length > 0 && { heading: names.join(' > ') }),
  ...(parent && { parent }),
});

/** The span as one piece, or as several where it is larger than a chunk may be. */
export function asPieces(text: string, span: Span, bounds: Bounds, around: Surroundings): Piece[] {
  const tokens = bounds.count(text.slice(span.start, span.end));
  if (tokens <= bounds.size) return [{ start: span.start, end: span.end, tokens, ...placed(around) }];
  return recursiveSlices(text, bounds, span).map((part) => ({
    ...part,
    tokens: bounds.size,
    alone: true,
    ...placed(around),
  }));
}

/** Short text before the first member of something, as `"paths": {`. */
export const opening = (pieces: readonly Piece[]): Piece[] =>
  pieces.map((piece) => (piece.tokens <= reserve && !piece.alone ? { ...piece, opens: true } : piece));

/** Brackets and commas: nothing that anybody would look for. */
const closing = /^[^\p{L}\p{N}]*$/u;
/** Tokens kept free for what opens and closes a chunk, so that no chunk is a bracket. */
const reserve = 16;

/**
 * Neighbours with the same parent put together as far as they fit, named after the first that has a name. What opens
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
  return found.map(({ tokens: _, alone: __, opens: ___, ...slice }) => slice);
}

function joinedWith(text: string, last: Piece, piece: Piece, { size, count }: Bounds): Piece | undefined {
  const closes = piece.end - piece.start <= reserve && closing.test(text.slice(piece.start, piece.end));
  const siblings = !last.alone && !piece.alone && last.parent?.start === piece.parent?.start;
  if (!closes && !siblings && !(last.opens && !piece.alone)) return undefined;
  const tokens = last.tokens + count(text.slice(last.end, piece.start)) + piece.tokens;
  if (tokens > (closes || last.opens ? size : Math.max(size - reserve, size / 2))) return undefined;
  const heading = last.opens ? (piece.heading ?? last.heading) : (last.heading ?? piece.heading);
  const { opens: _, ...first } = last;
  return {
    ...first,
    end: piece.end,
    tokens,
    ...(heading !== undefined && { heading }),
    ...(last.opens && piece.opens && { opens: true }),
  };
}
