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
