import type {
  ChunkIndex,
  ChunkQuery,
  IndexedRevision,
  SearchMode,
} from '../../../bounded-contexts/knowledge/index.ts';

export interface Harness {
  readonly index: ChunkIndex;
  close(): Promise<void>;
}

export const model = 'test/two';

/** A revision of texts, each with a direction in two dimensions. */
export function revisionOf(
  document: string,
  chunks: readonly (readonly [text: string, degrees: number])[],
  facts: Partial<IndexedRevision> = {},
): IndexedRevision {
  let start = 0;
  return {
    document,
    department: 'hr',
    revision: '1',
    type: 'txt',
    tags: [],
    privacy: 'internal',
    date: '2026-01-15T12:00:00Z',
    language: 'en',
    ...facts,
    chunks: chunks.map(([text, degrees], ordinal) => {
      const begins = start;
      start += text.length + 1;
      return { ordinal, start: begins, end: begins + text.length, text, vector: direction(degrees) };
    }),
  };
}

/** Three times as long as it need be. */
export const direction = (degrees: number): Float32Array =>
  Float32Array.of(3 * Math.cos((degrees * Math.PI) / 180), 3 * Math.sin((degrees * Math.PI) / 180));

export const asking = (
  text: string,
  mode: SearchMode = 'keyword',
  rest: Partial<ChunkQuery> = {},
): ChunkQuery => ({
  text,
  mode,
  k: 10,
  language: 'en',
  filter: { departments: ['hr'] },
  ...rest,
});

let tenants = 0;
/** One that nobody else has, on a live server either. */
export const newTenant = (): string => `t${process.pid.toString(36)}${Date.now().toString(36)}${tenants++}`;
