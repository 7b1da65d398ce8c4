/**
 * Documents: what people bring, revision by revision, and how far each is on its way into the index. Owns the family
 * `document.<id>`, one aggregate a document. Bytes, canonical text and index lie in the blob store, sealed under the
 * department's key; the log names them.
 */
export { blobsOf } from './blobs-of.ts';
export {
  changeDocument,
  type DocumentDetails,
  detailsPlace,
  loadDocument,
  uploadDocument,
} from './commands.ts';
export { type DocumentState, documentDecider, type RevisionState } from './document.ts';
export type { BlobOwner, BlobStore, PartialUpload, UploadStore } from './ports.ts';
export { type Progress, progressOf } from './progress.ts';
