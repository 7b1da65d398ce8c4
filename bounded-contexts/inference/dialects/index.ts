/**
 * Dialects: what carries one API's requests and answers over another's. Pure; `translationOf` is the door for
 * callers' dialects, and providers take what they need of the way out.
 */
import type { Operation } from '../../../schemas/primitives.ts';
import { completions } from './completions/index.ts';
import { nativeEmbeddings } from './embeddings/index.ts';
import { messages } from './messages/index.ts';
import { nativeResponses, responses } from './responses/index.ts';
import type { Json, Native, Translation } from './translation.ts';

export { estimatedTokens } from './messages/index.ts';
export * from './messages-upstream/index.ts';
export { continued, inputItems } from './responses/index.ts';
export type { AnswerAbout, AnswerStream, Json, Native, Translation } from './translation.ts';

const translations: Partial<Record<Operation, Translation>> = { completions, messages, responses };

/** Undefined for `chat` itself and for operations that chat completions cannot express. */
export const translationOf = (operation: Operation): Translation | undefined => translations[operation];

const natives: Partial<Record<Operation, Native>> = {
  embeddings: nativeEmbeddings,
  responses: nativeResponses,
};

/** What to change where the provider serves the operation itself; undefined where nothing is. */
export const nativeOf = (operation: Operation): Native | undefined => natives[operation];

/** Whether the whole response is kept, so that its id can be asked for and continued from. */
export const keepsResponse = (operation: Operation, body: Json): boolean =>
  operation === 'responses' && body['store'] !== false;
