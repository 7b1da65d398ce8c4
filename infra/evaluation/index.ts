/**
 * How well retrieval finds: readers of labelled collections in the layouts that the field uses, and the run that asks
 * the embedded index every question and holds what it finds to the judgements; and recorded questions by another configuration.
 */
export type { Collection } from './collection.ts';
export {
  type Evaluation,
  type EvaluationOptions,
  evaluate,
  type ModeResult,
  queryOf,
  revisionOf,
} from './evaluate.ts';
export { ownCollection } from './own-collection.ts';
export { readCollection } from './readers/index.ts';
export { type Replayed, readRecord, replayQuestions } from './replay/index.ts';
