import type { Span } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { membersOf } from './json-members.ts';
import { asPieces, joined, opening, type Piece, type Surroundings } from './pieces.ts';
import { trimmed } from './units.ts';

/** Deeper containers are cut as running text is: nobody finds their way by such a path. */
const deepest = 32;

/**
 * JSON by its structure: as many whole members of a container as fit into a chunk, of a larger member the members
 * inside it. Headings are paths: `paths > /users > get`. What is not JSON is cut as running text is.
 */
export function jsonSlices(text: string, bounds: Bounds): Slice[] {
  const pieces: Piece[] = [];
  for (const all of trimmed(text, 0, text.length)) addPieces(text, all, bounds, { names: [] }, 0, pieces);
  return joined(text, pieces, bounds);
}

function addPieces(
  text: string,
  span: Span,
  bounds: Bounds,
  around: Surroundings,
  depth: number,
  pieces: Piece[],
): void {
  const fits = bounds.count(text.slice(span.start, span.end)) <= bounds.size;
  const members = fits || depth > deepest ? undefined : membersOf(text, span);
  if (!members) {
    for (const piece of asPieces(text, span, bounds, around)) pieces.push(piece);
    return;
  }
  const inside = depth === 0 ? around : { names: around.names, parent: span };
  let at = span.start;
  for (const member of members) {
    for (const before of trimmed(text, at, member.start)) {
      for (const piece of opening(asPieces(text, before, bounds, inside))) pieces.push(piece);
    }
    const within = { ...inside, names: [...around.names, member.key] };
    addPieces(text, member, bounds, within, depth + 1, pieces);
    at = member.end;
  }
  for (const after of trimmed(text, at, span.end)) {
    for (const piece of asPieces(text, after, bounds, inside)) pieces.push(piece);
  }
}
