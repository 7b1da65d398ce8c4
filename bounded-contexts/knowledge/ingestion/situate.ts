import type { Chunk } from '../chunking/index.ts';
import type { Extracted } from '../text/index.ts';
import type { Situator } from './ports.ts';

/** A chunk with what is said about where it stands: searched and embedded with it, never quoted. */
export interface SituatedChunk extends Chunk {
  readonly context?: string;
}

/** Of the document's beginning, and of the text on either side of a chunk, in UTF-16 units. */
const beginning = 3_000;
const around = 1_500;
const longestContext = 400;
/** Calls at once. */
const atOnce = 4;

/** The first sentences of a reply, without what models say before them; undefined where it says nothing. */
function contextIn(reply: string): string | undefined {
  const text = reply
    .replace(/<think>[\s\S]*?<\/think>/g, '')
    .replace(/^(here is|context|contexto)[^:\n]{0,40}:\s*/i, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (text.length <= longestContext) return text === '' ? undefined : text;
  const cut = text.slice(0, longestContext);
  return cut.slice(0, Math.max(cut.lastIndexOf('. ') + 1, 1)).trim() || cut;
}

/**
 * Asks a model to say of each chunk, in a sentence or two, what document it is from and what it is about there
 * (Anthropic, Contextual Retrieval, 2024), so that a chunk that speaks of "the company" is found by its name.
 */
export async function situate(
  situator: Situator,
  of: { readonly tenant: string; readonly department: string },
  { text, title }: Pick<Extracted, 'text' | 'title'>,
  chunks: readonly Chunk[],
): Promise<SituatedChunk[]> {
  const situated = chunks.map((one): SituatedChunk => one);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < chunks.length; at = next++) {
      const chunk = chunks[at] as Chunk;
      const reply = await situator.situate(of, {
        title: title ?? '',
        beginning: text.slice(0, beginning),
        before: text.slice(Math.max(0, chunk.start - around), chunk.start),
        chunk: chunk.text,
        after: text.slice(chunk.end, chunk.end + around),
      });
      const context = contextIn(reply);
      if (context !== undefined) situated[at] = { ...chunk, context };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return situated;
}
