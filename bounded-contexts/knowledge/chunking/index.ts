/**
 * Chunking: how a canonical text is cut into slices that are found and quoted. Owns the strategies, by running text,
 * meaning, headings, declarations, structure and rows, and the sentence splitter. All of it is pure.
 */
export { type ChunkingStrategy, type ChunkOptions, chunk } from './choose.ts';
export type { Chunk, CountTokens } from './chunk.ts';
export { groupBySimilarity } from './semantic.ts';
export { sentences } from './sentences.ts';
export { estimateTokens } from './tokens.ts';
