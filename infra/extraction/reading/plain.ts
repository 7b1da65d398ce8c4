import { type Block, canonicalise } from '../../../bounded-contexts/knowledge/text/index.ts';
import { type Read, type ReadingContext, tooLarge } from './context.ts';

/** A text as it is, its paragraphs parted by blank lines. */
export function readPlain(raw: string, { limits }: ReadingContext): Read {
  const text = canonicalise(raw).trim();
  if (text.length > limits.maxCharacters) throw tooLarge(`The text has ${text.length} characters`);
  return { type: 'text', text, blocks: [...paragraphs(text)], pages: [], notes: [] };
}

function* paragraphs(text: string): Generator<Block> {
  let start = 0;
  for (const match of text.matchAll(/\n[^\S\n]*\n\s*/g)) {
    yield { kind: 'paragraph', start, end: match.index };
    start = match.index + match[0].length;
  }
  if (start < text.length) yield { kind: 'paragraph', start, end: text.length };
}
