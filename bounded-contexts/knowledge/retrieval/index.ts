/**
 * Retrieval: which chunks answer a question. It owns the analyser (text to terms), the index in memory (BM25 and exact
 * cosine), how their findings become one list that says why, and the ports of the stores that do the same elsewhere.
 * Everything is a function of its arguments; rights are part of the question, and nothing beyond them leaves a trace.
 */
export {
  type Analyser,
  analyse,
  analyseAny,
  analyseQuery,
  analyserOf,
  analyserVersion,
  guessLanguage,
  type Word,
  wordsOf,
} from './analyser/index.ts';
export { type Interval, pairedBootstrap } from './bootstrap.ts';
export { checkFilter, checkQuery, hasDirection } from './checks.ts';
export { type Fused, fuse, rrfK, type Scored } from './fusion.ts';
export { type Judgements, ndcg, precision, recall, reciprocalRank } from './metrics.ts';
export { diversify, overlap } from './mmr.ts';
export { type Passage, passagesOf } from './parents.ts';
export type * from './ports.ts';
export { marginOf, reranked, shouldRerank } from './rerank.ts';
export { type MemoryIndex, memoryIndex } from './segments/index.ts';
