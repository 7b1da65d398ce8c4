import { DaybookError } from '../../../schemas/errors.ts';
import type { SituatedChunk } from './situate.ts';

/** A revision as it is found: its chunks, without their text, which the canonical text has, and their vectors. */
export interface StoredIndex {
  readonly model: string;
  readonly dimensions: number;
  readonly chunks: readonly Omit<SituatedChunk, 'text'>[];
  /** One after the other, `dimensions` numbers each; as many as chunks, or none. */
  readonly vectors: Float32Array;
}

/** Length of a JSON head (u32), the head, then the vectors as little-endian 32-bit floats. */
export function encodeIndex({ vectors, ...head }: StoredIndex): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.allocUnsafe(4 + json.length + 4 * vectors.length);
  bytes.writeUInt32LE(json.length);
  bytes.set(json, 4);
  for (let i = 0, at = 4 + json.length; i < vectors.length; i++, at += 4)
    bytes.writeFloatLE(vectors[i] as number, at);
  return bytes;
}

/** Throws `blobs.unavailable` where the bytes are not such an index. */
export function decodeIndex(bytes: Buffer): StoredIndex {
  try {
    const length = bytes.readUInt32LE();
    const head = JSON.parse(bytes.subarray(4, 4 + length).toString()) as Omit<StoredIndex, 'vectors'>;
    const count = (bytes.length - 4 - length) / 4;
    if (count !== 0 && count !== head.chunks.length * head.dimensions)
      throw new RangeError('its length is wrong');
    const vectors = new Float32Array(count);
    for (let i = 0, at = 4 + length; i < count; i++, at += 4) vectors[i] = bytes.readFloatLE(at);
    return { ...head, vectors };
  } catch (error) {
    throw new DaybookError('blobs.unavailable', 'A stored index is damaged.', {}, { cause: error });
  }
}
