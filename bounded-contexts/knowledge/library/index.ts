/**
 * The library: every document as the log has it, in memory, and the index of those that are found. Each process that
 * answers questions has its own, fed from the log; blobs give the rest. It owns no events.
 */

export { indexAsOf } from './as-of.ts';
export { type Library, type LibraryChange, openLibrary } from './library.ts';
export { rowsOf } from './rows.ts';
