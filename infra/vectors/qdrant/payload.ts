/** What is stored with a point, and read again. A point is a chunk, or the head of a document. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Hit, IndexedChunk, IndexedRevision } from '../../../bounded-contexts/knowledge/index.ts';

const facts = {
  department: z.string(),
  document: z.string(),
  revision: z.string(),
  type: z.string(),
  source: z.string().optional(),
  tags: z.array(z.string()),
  privacy: z.string(),
  date: z.string(),
  author: z.string().optional(),
  language: z.string(),
};
const span = z.object({ start: z.number(), end: z.number() });
const chunkPoint = z.object({
  ...facts,
  generation: z.string(),
  ordinal: z.number(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  context: z.string().optional(),
  page: z.number().optional(),
  parent: span.optional(),
});
const headPoint = z.object({
  document: z.string(),
  generation: z.string(),
  putAt: z.number(),
  stamp: z.string().optional(),
});

/** Which put of a document is the live one, and since when, in ms by the clock of whoever put it. */
export type Head = z.infer<typeof headPoint>;
export const headOf = (payload: unknown): Head => headPoint.parse(payload);

/** Qdrant's ids are UUIDs; the same words give the same one. */
export function pointId(...words: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(words)).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

export interface Put {
  readonly tenant: string;
  /** Of this put and no other, so that the same revision can replace itself. */
  readonly generation: string;
  readonly putAt: number;
}

export function chunkPayload(put: Put, { chunks: _, ...revision }: IndexedRevision, chunk: IndexedChunk) {
  const { vector: __, ...text } = chunk;
  return { kind: 'chunk', ...put, ...revision, ...text };
}

export function headPayload(put: Put, { chunks: _, ...revision }: IndexedRevision) {
  return { kind: 'head', ...put, ...revision };
}

export interface Found {
  readonly generation: string;
  readonly hit: Omit<Hit, 'score' | 'parts'>;
}

/** zod says `undefined` where the port leaves out. */
const present = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

export function foundIn(payload: unknown): Found {
  const { generation, ordinal, start, end, text, context, page, parent, ...rest } = chunkPoint.parse(payload);
  return {
    generation,
    hit: { ...present(rest), chunk: { ...present({ context, page, parent }), ordinal, start, end, text } },
  };
}
