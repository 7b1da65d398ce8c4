/**
 * The semantic cache: when an answer may be given again to a question in other words. Rights, model, prompt, index
 * and policy choose the partition before anything is compared; numbers, names and negations must be the same; entries end
 * with the revisions that they cite and when something new comes near their question. Nothing in it is an event: losing
 * it costs a call.
 */

export { type Wording, wordingOf } from '../wording/index.ts';
export {
  type CacheMoment,
  createSemanticCache,
  type SemanticCache,
  type SemanticCacheOptions,
} from './cache.ts';
export { entriesToEnd, type KnowledgeChange } from './end.ts';
export type { CacheEntry, CacheQuestion, Cites } from './entry.ts';
export { mayServe, type ServeDecision, type ServeRules } from './may-serve.ts';
export { type PartitionKey, partitionOf } from './partition.ts';
