/**
 * The knowledge surface of `/api/v1`: documents and, over them, questions. Files are streams: they pass to the blob
 * store piece by piece, and are never whole in memory.
 */
export { documentRoutes } from './documents.ts';
export { withUploads } from './upload-description.ts';
