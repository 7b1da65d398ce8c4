import type { Extracted } from '../../../bounded-contexts/knowledge/text/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import type { ExtractionSettings } from '../../../schemas/http/extraction.ts';

export interface ReadingLimits {
  /** UTF-16 units of text. */
  readonly maxCharacters: number;
  /** Bytes of what is packed in the file, unpacked. */
  readonly maxExpandedBytes: number;
}

/** What reading one file needs to know, and whom it may ask. */
export interface ReadingContext {
  readonly settings: ExtractionSettings;
  readonly limits: ReadingLimits;
  /** The text in a picture. Throws `document.needs-ocr` where nobody can read it. */
  readonly readPicture: (picture: Uint8Array) => Promise<string>;
}

/** Before the language is told. */
export type Read = Omit<Extracted, 'language'>;

export const unreadable = (what: string, cause?: unknown): DaybookError =>
  new DaybookError('document.unreadable', `${what}.`, {}, { cause });

export const tooLarge = (what: string): DaybookError => new DaybookError('document.too-large', `${what}.`);
