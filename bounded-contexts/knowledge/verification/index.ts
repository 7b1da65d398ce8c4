/**
 * Verification: holds every citation that was ever given against the text that it points into, from log and blobs
 * alone. It owns nothing, and asks no read model and no model.
 */
export { endsOf, historyOf } from './history.ts';
export { type CitationFault, type Verified, verifyCitations } from './verify.ts';
