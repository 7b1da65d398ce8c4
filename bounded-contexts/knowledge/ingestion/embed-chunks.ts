import { hash } from 'node:crypto';
import type { Embedder, VectorCache } from './ports.ts';
import type { SituatedChunk } from './situate.ts';

/** Texts of one call. */
const batchTexts = 100;

export interface Embedded {
  /** One after the other. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
  readonly reused: number;
}

type Embeddable = Pick<SituatedChunk, 'heading' | 'context' | 'text'>;

/** What is embedded of a chunk: where it stands, and what it says. Only the latter is ever quoted. */
export const embeddedText = ({ heading, context, text }: Embeddable): string =>
  [heading, context, text].filter((one) => one !== undefined).join('\n\n');

/**
 * The vectors of chunks, asking only for texts that this department's model has not embedded before, a hundred a call.
 * What was embedded is kept call by call, so that an attempt that ends early pays nothing twice.
 */
export async function embedChunks(
  { embedder, cache }: { readonly embedder: Embedder; readonly cache: VectorCache },
  of: { readonly tenant: string; readonly department: string },
  chunks: readonly Embeddable[],
): Promise<Embedded> {
  const place = { ...of, model: embedder.model };
  const texts = chunks.map(embeddedText);
  const hashes = texts.map((text) => hash('sha256', text, 'base64url'));
  const known = new Map(await cache.get(place, [...new Set(hashes)]));
  const reused = hashes.filter((one) => known.has(one)).length;
  const missing = new Map<string, string>();
  hashes.forEach((one, index) => {
    if (!known.has(one)) missing.set(one, texts[index] as string);
  });
  const wanted = [...missing];
  for (let at = 0; at < wanted.length; at += batchTexts) {
    const batch = wanted.slice(at, at + batchTexts);
    const vectors = await embedder.embed(
      of,
      batch.map(([, text]) => text),
    );
    const made = new Map(batch.map(([one], index) => [one, vectors[index] as Float32Array]));
    await cache.put(place, made);
    for (const [one, vector] of made) known.set(one, vector);
  }
  const dimensions = known.values().next().value?.length ?? 0;
  const vectors = new Float32Array(chunks.length * dimensions);
  hashes.forEach((one, index) => {
    vectors.set(known.get(one) as Float32Array, index * dimensions);
  });
  return { vectors, dimensions, reused };
}
