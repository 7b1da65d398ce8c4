/**
 * The knowledge surface of `/api/v1`: documents and, over them, questions. Files are streams: they pass to the blob
 * store piece by piece, and are never whole in memory.
 */
export { confidenceRoutes } from './confidence.ts';
export { documentRoutes } from './documents.ts';
export { gatewayEmbedder } from './embedder.ts';
export { impactRoutes } from './impact.ts';
export { progressRoutes } from './progress.ts';
export { queryRoutes } from './queries.ts';
export { gatewayReranker } from './reranker.ts';
export { reviewRoutes } from './reviews.ts';
export {
  confidenceOfTenants,
  type KnowledgeService,
  modelFor,
  promptSets,
  reachedOrThrow,
} from './service.ts';
export { gatewaySituator } from './situator.ts';
export { withUploads } from './upload-description.ts';
export { uploadRoutes } from './uploads.ts';
