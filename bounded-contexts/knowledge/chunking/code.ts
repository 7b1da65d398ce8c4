import type { Block, Span } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { asPieces, joined, opening, type Piece } from './pieces.ts';
import { trimmed } from './units.ts';

/** A declaration with what is declared inside it. */
interface Declaration extends Span {
  readonly names: readonly string[];
  readonly inner: Declaration[];
}

/**
 * Source code by its declarations, which extraction found in its syntax tree (blocks of kind `code` that contain each
 * other): as many whole ones as fit into a chunk, of a larger one its members, of a larger member its paragraphs.
 * Without blocks, paragraphs, which are mostly what blank lines make of code.
 */
export const codeSlices = (text: string, blocks: readonly Block[], bounds: Bounds): Slice[] =>
  joined(text, addPieces(text, treeOf(text, blocks), bounds, []), bounds);

function treeOf(text: string, blocks: readonly Block[]): Declaration {
  const root: Declaration = { start: 0, end: text.length, names: [], inner: [] };
  const stack: Declaration[] = [root];
  for (const { kind, start, end, fields } of blocks) {
    if (kind !== 'code') continue;
    while (stack.length > 1 && (stack.at(-1)?.end ?? 0) <= start) stack.pop();
    const outer = stack.at(-1) ?? root;
    if (end > outer.end || (outer.inner.at(-1)?.end ?? 0) > start) continue;
    const name = fields?.['name'];
    const names = name === undefined ? outer.names : [...outer.names, name];
    const declaration: Declaration = { start, end, names, inner: [] };
    outer.inner.push(declaration);
    stack.push(declaration);
  }
  return root;
}

function addPieces(text: string, declaration: Declaration, bounds: Bounds, pieces: Piece[]): Piece[] {
  const { start, end, names, inner } = declaration;
  const around = { names, ...(end - start < text.length && { parent: { start, end } }) };
  let at = start;
  for (const next of inner) {
    for (const between of trimmed(text, at, next.start)) {
      const parts = asPieces(text, between, bounds, around);
      for (const part of at === start && around.parent ? opening(parts) : parts) pieces.push(part);
    }
    at = next.end;
    if (bounds.count(text.slice(next.start, next.end)) > bounds.size) {
      addPieces(text, next, bounds, pieces);
    } else {
      for (const part of asPieces(text, next, bounds, { ...around, names: next.names })) pieces.push(part);
    }
  }
  for (const rest of trimmed(text, at, end)) {
    for (const part of asPieces(text, rest, bounds, around)) pieces.push(part);
  }
  return pieces;
}
