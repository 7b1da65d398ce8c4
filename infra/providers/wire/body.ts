import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';

/** An answer that is not streamed is at most this large. */
export const maxAnswerBytes = 32 * 1024 * 1024;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The body as it was before it was encoded. We ask for `identity`, since every chunk must reach the caller at
 * once; what comes encoded all the same (proxies do that) is decoded here. Throws `provider.garbage`.
 */
export function decoded(body: Readable, encoding: string | undefined, provider: string): Readable {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return body;
  const decoder = decoders[encoding.trim().toLowerCase()]?.();
  if (!decoder) {
    body.on('error', () => {}).destroy();
    throw new ProviderFailure(
      'provider.garbage',
      `${provider} answered in an encoding that nobody asked for: ${encoding.slice(0, 40)}.`,
      { accepted: true },
    );
  }
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return body.pipe(decoder);
}

/** The whole body. More than `limit` bytes end the connection, with `provider.garbage`. */
export async function collected(body: Readable, limit: number, provider: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > limit) throw tooLarge(provider);
    chunks.push(part);
  }
  return chunks.length === 1 ? Buffer.from(chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

export const tooLarge = (provider: string): ProviderFailure =>
  new ProviderFailure('provider.garbage', `${provider} answered with more than an answer can be.`, {
    accepted: true,
  });

/**
 * Lets go of a body whose end no longer matters: it may end by itself, so that its connection is used again,
 * but not for longer than a second.
 */
export function letGo(body: Readable): void {
  if (body.destroyed || body.readableEnded) return;
  const timer = setTimeout(() => body.destroy(), 1_000);
  timer.unref();
  body.once('close', () => clearTimeout(timer));
  body.on('error', () => {});
  body.resume();
}
