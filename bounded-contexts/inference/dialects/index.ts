/**
 * Dialects: what carries one API's requests and answers over another's. Pure; `translationOf` is the door for
 * callers' dialects, and providers take what they need of the way out.
 */
import type { Operation } from '../../../schemas/primitives.ts';
import type { Translation } from './translation.ts';

export type { AnswerAbout, AnswerStream, Json, Translation } from './translation.ts';

const translations: Partial<Record<Operation, Translation>> = {};

/** Undefined for `chat` itself and for operations that chat completions cannot express. */
export const translationOf = (operation: Operation): Translation | undefined => translations[operation];
