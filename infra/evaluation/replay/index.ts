/**
 * What another configuration would have found: recorded questions, answered again from the documents that are found
 * now, once by the configuration in force and once by another, without calling any model. It owns nothing and writes
 * nothing.
 */
export { readRecord } from './recorded.ts';
export { type Replayed, replayQuestions } from './replay.ts';
