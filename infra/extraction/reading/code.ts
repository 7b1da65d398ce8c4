import { type Block, canonicalise } from '../../../bounded-contexts/knowledge/text/index.ts';
import { type Read, type ReadingContext, tooLarge } from './context.ts';

/** Source code as it is written, its declarations as blocks where its language has a grammar here. */
export async function readCode(raw: string, syntax: string, { limits }: ReadingContext): Promise<Read> {
  const text = canonicalise(raw).replace(/^\n+/, '').trimEnd();
  if (text.length > limits.maxCharacters) throw tooLarge(`The code has ${text.length} characters`);
  return { type: 'code', text, blocks: await declarations(text, syntax), pages: [], notes: [], syntax };
}

/** None where the parser gives up: what looks like code may be anything. */
async function declarations(text: string, syntax: string): Promise<readonly Block[]> {
  try {
    // The parser is large, and most files are no code.
    const { outlineOf } = await import('./outline.ts');
    return await outlineOf(text, syntax);
  } catch {
    return [];
  }
}
