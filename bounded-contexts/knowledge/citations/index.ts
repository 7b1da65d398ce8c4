/**
 * Citations: which of an answer's quotes its sources really hold, and what that says of its claims. Owns the format
 * in which models are asked to cite, its reader (whole or as a stream), the search for quotes in canonical texts, and
 * the verdicts. A quote that is not in its source reaches no reader.
 */
export {
  type AnswerPart,
  type AnswerStream,
  answerStream,
  type Cited,
  type ReadAnswer,
} from './answer-stream.ts';
export {
  type AnswerCitation,
  type CheckedAnswer,
  type CheckedClaim,
  type CheckOptions,
  checkAnswer,
  type Dropped,
} from './check-answer.ts';
export { type Checked, type Checker, citationChecker, type DropReason } from './checker.ts';
export type { Citation, Source } from './citation.ts';
export { type FoundQuote, findQuote } from './find-quote.ts';
export { type Claim, claimsIn, type ParsedAnswer, parseAnswer } from './parse-answer.ts';
export type { Judgement, Verdict } from './verdict.ts';
