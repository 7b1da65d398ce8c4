/**
 * Ingestion: from an uploaded file to what can be found. Owns the process manager that takes documents from a queue
 * which all workers share, reads, cuts and embeds them, and says each step on the document's own history, so that a
 * worker that dies loses nothing and nothing is indexed twice.
 */

export { embeddedText } from './embed-chunks.ts';
export type {
  ChunkSurroundings,
  DocumentReader,
  Embedder,
  Situator,
  VectorCache,
  Work,
  WorkQueue,
} from './ports.ts';
export { asksForIngestion } from './ports.ts';
export { decodeIndex, type StoredIndex } from './stored-index.ts';
export { type Ingestion, startIngestion } from './workers.ts';
