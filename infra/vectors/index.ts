/**
 * Stores of chunks behind the port `ChunkIndex` of the knowledge context: in this process, exact and rebuilt at each
 * start, or in Qdrant. One contract suite holds both to the same behaviour.
 */
export { embeddedIndex } from './embedded/index.ts';
export { type QdrantOptions, qdrantIndex } from './qdrant/index.ts';
