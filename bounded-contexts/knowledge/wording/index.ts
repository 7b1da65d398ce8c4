/**
 * Wording: how two texts are held against each other without a model. A text folded with a way back to its
 * offsets, its sentences, and what of a sentence must not get lost (numbers, names, negations, opposites), in
 * English and Portuguese. It decides nothing: citations, guardrails and the semantic cache do.
 */
export { type Fold, type Folded, folded, inWord, remembered } from './folded.ts';
export { type Span, sentencesOf } from './sentences.ts';
export {
  missingNumbers,
  opposed,
  sameFacts,
  sharedWords,
  type Wording,
  wordingOf,
} from './wording.ts';
