/**
 * Knowledge: what people upload, as text that can be searched and quoted exactly. `text` says what the canonical text
 * of a document is, `chunking` cuts it into the slices that are found.
 */
export * from './chunking/index.ts';
export * from './text/index.ts';
