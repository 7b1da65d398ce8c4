/**
 * Embeddings go to providers that serve them, as they are. Only their form is seen to: OpenAI's clients ask for
 * base64, and not every server knows it.
 */
import { objectsOf, parsedObject } from '../json.ts';
import type { AnswerAbout, AnswerStream, Json, Native } from '../translation.ts';

const asBase64 = (vector: readonly number[]): string => {
  const floats = Float32Array.from(vector);
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString('base64');
};

function asFloats(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4));
}

const isVector = (value: unknown): value is readonly number[] => Array.isArray(value);

function inForm(embedding: unknown, base64: boolean): unknown {
  if (base64 && isVector(embedding)) return asBase64(embedding);
  if (!base64 && typeof embedding === 'string') return asFloats(embedding);
  return embedding;
}

const textForm = /"embedding"\s*:\s*"/;

function answer(body: Uint8Array, { request }: AnswerAbout): Uint8Array {
  const base64 = request['encoding_format'] === 'base64';
  const text = Buffer.from(body).toString('latin1');
  // Nearly always it is as asked: then the bytes are not read.
  if (textForm.test(text) === base64) return body;
  const parsed = parsedObject(Buffer.from(body).toString());
  if (!parsed) return body;
  const data = objectsOf(parsed['data']).map((one) => ({
    ...one,
    embedding: inForm(one['embedding'], base64),
  }));
  return Buffer.from(JSON.stringify({ ...parsed, data }));
}

const asItIs = (): AnswerStream => ({ push: (frame) => [frame], end: () => [] });

export const nativeEmbeddings: Native = {
  request: (body: Json) => ({ ...body }),
  answer,
  stream: asItIs,
};
