/**
 * What the text of a document is: its canonical form, which every offset in Daybook indexes, and what is known about
 * its parts. Owns `Extracted`, what reading a file comes to; how files are read is `infra/extraction`'s.
 */
export { type BuiltText, type TextBuilder, textBuilder } from './builder.ts';
export { canonicalise, canonicalVersion } from './canonical.ts';
export type { Block, BlockKind, DocumentType, Extracted, Span } from './extracted.ts';
export { detectLanguage } from './language.ts';
