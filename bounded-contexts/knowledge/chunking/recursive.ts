import type { Span } from '../text/index.ts';
import type { Bounds } from './chunk.ts';
import { pack } from './pack.ts';
import { unitsOf } from './units.ts';

/**
 * Running text by its own seams: as many whole paragraphs as fit into a chunk, of a longer one its lines, sentences,
 * words. Each chunk repeats up to `overlap` tokens of the one before. Takes time in proportion to the text.
 */
export const recursiveSlices = (
  text: string,
  bounds: Bounds,
  within: Span = { start: 0, end: text.length },
): Span[] => pack(text, unitsOf(text, within, bounds.size - bounds.overlap, bounds.count), bounds);
