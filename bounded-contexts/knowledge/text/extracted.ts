export type DocumentType =
  | 'pdf'
  | 'docx'
  | 'html'
  | 'markdown'
  | 'text'
  | 'csv'
  | 'json'
  | 'jsonl'
  | 'code'
  | 'image';

/** From `start` up to, without, `end`: UTF-16 indices into the canonical text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'row' | 'code' | 'footnote';

/**
 * A part of the text with a meaning. Blocks come in the order of their starts, outer ones before what they
 * contain: a table before its rows, a class before its methods.
 */
export interface Block extends Span {
  readonly kind: BlockKind;
  /** Of headings, 1 to 6; of code, how deep a declaration lies, from 1. */
  readonly level?: number;
  /** Of rows, the columns' values by name; of code, `name` and `construct` of a declaration. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** What was read out of a file. */
export interface Extracted {
  readonly type: DocumentType;
  /** Canonical. */
  readonly text: string;
  /** Of PDF, in order, one for each page of the file, empty where nothing was read of it; else none. */
  readonly pages: readonly Span[];
  readonly blocks: readonly Block[];
  readonly title?: string;
  /** ISO 639-1, or `und` where it cannot be told. */
  readonly language: string;
  /** Of source code: the name of its programming language, as `typescript`. */
  readonly syntax?: string;
  /** What was not read, or read otherwise than asked, in whole sentences for whoever uploaded the file. */
  readonly notes: readonly string[];
}
