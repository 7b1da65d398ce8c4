import { z } from 'zod';

/** Who may see a document beside those who may read its department's knowledge: a label that queries filter by. */
export const privacyLevels = ['public', 'internal', 'confidential'] as const;
export const privacyLevel = z.enum(privacyLevels);
export type PrivacyLevel = (typeof privacyLevels)[number];

/** Where a revision is on its way into the index. */
export const documentStatuses = [
  'uploaded',
  'extracting',
  'chunking',
  'embedding',
  'indexed',
  'failed',
  'deleted',
] as const;
export const documentStatus = z.enum(documentStatuses);
export type DocumentStatus = (typeof documentStatuses)[number];

/**
 * What a question came to: an answer whose citations hold; nothing that answers it; a draft that waits for a person;
 * a question that is not answered here.
 */
export const queryOutcomes = ['answered', 'not-found', 'escalated', 'blocked'] as const;
export const queryOutcome = z.enum(queryOutcomes);
export type QueryOutcome = (typeof queryOutcomes)[number];

/** When what was found is put in order once more: never, where it is likely to tell (tier, lead of the first), always. */
export const rerankMode = z.enum(['off', 'auto', 'always']);
export type RerankMode = z.infer<typeof rerankMode>;

/** What came of it: not wanted, or no reranker is there; not needed; done; the reranker did not answer as it should. */
export const rerankUse = z.enum(['off', 'unneeded', 'done', 'unavailable']);
export type RerankUse = z.infer<typeof rerankUse>;
