import type { Extracted } from '../../bounded-contexts/knowledge/text/index.ts';
import type { ErrorCode } from '../../schemas/errors.ts';
import type { ExtractionSettings } from '../../schemas/http/extraction.ts';
import type { ReadingLimits } from './reading/index.ts';

/** Where the reading process finds the file that it reads: after the standard streams and its channel. */
export const fileDescriptor = 4;

/** What the reading process is told: once, what to read; after each picture, its text. */
export type ToReader =
  | {
      readonly kind: 'read';
      readonly name: string;
      readonly declaredType?: string;
      readonly settings: ExtractionSettings;
      readonly limits: ReadingLimits;
    }
  | { readonly kind: 'recognised'; readonly text: string }
  | { readonly kind: 'not-recognised'; readonly message: string };

/** What comes back: a picture whose text is asked for, and at last an answer. */
export type FromReader =
  | { readonly kind: 'picture'; readonly picture: Uint8Array }
  | { readonly kind: 'extracted'; readonly extracted: Extracted }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly fields: Readonly<Record<string, string | number | boolean>>;
    };
