import { textBuilder } from '../../../bounded-contexts/knowledge/text/index.ts';
import type { Read, ReadingContext } from './context.ts';

/** A picture of text, by optical character recognition; its paragraphs are parted as they were recognised. */
export async function readPicture(
  bytes: Uint8Array,
  { limits, readPicture: recognise }: ReadingContext,
): Promise<Read> {
  const builder = textBuilder(limits.maxCharacters);
  for (const paragraph of (await recognise(bytes)).split(/\n\s*\n/)) builder.add('paragraph', paragraph);
  const notes = ['The text was read from a picture, and may have mistakes.'];
  return { ...builder.build(), type: 'image', pages: [], notes };
}
