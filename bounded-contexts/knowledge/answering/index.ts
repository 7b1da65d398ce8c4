/**
 * Answering: from a question to an answer whose every citation holds, or "not found here", or a person. Owns the facts
 * of the family `queries`. It asks models and stores through ports; searching, checking and weighing are pure.
 */
export { answerQuestion } from './answer.ts';
export type {
  AnsweringPorts,
  AskingModel,
  AskingReranker,
  CachedAnswer,
  Searchable,
} from './ports.ts';
export type {
  AnswerProgress,
  AnswerRules,
  Asking,
  FoundPassage,
  QuestionAnswer,
  Turn,
} from './question.ts';
export { quoteHash } from './quote-hash.ts';
export { type Asker, dataSubjectOfAsker, recordAnswer } from './record.ts';
