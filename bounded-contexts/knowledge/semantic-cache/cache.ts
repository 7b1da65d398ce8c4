import { entriesToEnd, type KnowledgeChange } from './end.ts';
import type { CacheEntry, CacheQuestion } from './entry.ts';
import { mayServe, type ServeRules } from './may-serve.ts';

export interface SemanticCacheOptions {
  /** Entries of one partition; the least recently used one goes first. Default 1,000. */
  readonly capacity?: number;
  /** Partitions; the least recently used one goes first, with all that is in it. Default 200. */
  readonly partitions?: number;
}

/** A moment in the changes that the cache has heard of. */
export type CacheMoment = number;

export interface SemanticCache<T> {
  /** To be asked before an answer's sources are searched, and given to `put` with it. */
  moment(): CacheMoment;
  /** Keeps an answer; false where it must not be: escalated, or ended by what changed since `asOf`. */
  put(entry: CacheEntry<T>, asOf: CacheMoment): boolean;
  /** The most similar entry of the partition that may be served, now its most recently used one. */
  find(
    partition: string,
    question: CacheQuestion,
    rules: ServeRules,
  ): { readonly entry: CacheEntry<T>; readonly similarity: number } | undefined;
  /** Entries that cite a document, in whatever revision. */
  citing(tenant: string, document: string): readonly CacheEntry<T>[];
  /** Ends what a change ends; returns the ids. */
  apply(change: KnowledgeChange): string[];
  /** Forgets all of a tenant: somebody was erased, whose words a question may hold. */
  forget(tenant: string): void;
  size(): number;
}

/** Changes that are remembered for answers that were in the making when they came, and chunks in all of them. */
const remembered = 1_000;
const rememberedChunks = 20_000;

const chunksIn = (change: KnowledgeChange): number =>
  change.kind === 'chunks-added' ? change.chunks.length : 0;

/**
 * A semantic cache in memory. Similarity is exact (each entry of the partition is looked at), eviction is by partition,
 * so that one busy department cannot push out another's answers.
 */
export function createSemanticCache<T>(options: SemanticCacheOptions = {}): SemanticCache<T> {
  const { capacity = 1_000, partitions: most = 200 } = options;
  // Maps keep the order of insertion: the first is the least recently used.
  const partitions = new Map<string, Map<string, CacheEntry<T>>>();
  const changes: KnowledgeChange[] = [];
  let heard = 0;
  let chunks = 0;

  function touch<V>(map: Map<string, V>, key: string, value: V, limit: number): void {
    map.delete(key);
    map.set(key, value);
    if (map.size <= limit) return;
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }

  function endedSince(entry: CacheEntry<T>, asOf: CacheMoment): boolean {
    const missed = heard - asOf;
    if (missed > changes.length) return true;
    return missed > 0 && changes.slice(-missed).some((change) => entriesToEnd([entry], change).length > 0);
  }

  return {
    moment: () => heard,
    put(entry, asOf) {
      if (entry.escalated || endedSince(entry, asOf)) return false;
      const partition = partitions.get(entry.partition) ?? new Map<string, CacheEntry<T>>();
      touch(partition, entry.id, entry, capacity);
      touch(partitions, entry.partition, partition, most);
      return true;
    },
    find(key, question, rules) {
      const partition = partitions.get(key);
      if (!partition) return undefined;
      let best: { entry: CacheEntry<T>; similarity: number } | undefined;
      for (const entry of partition.values()) {
        const decision = mayServe(entry, question, rules);
        if (decision.serve && (!best || decision.similarity > best.similarity))
          best = { entry, similarity: decision.similarity };
      }
      if (best) {
        touch(partition, best.entry.id, best.entry, capacity);
        touch(partitions, key, partition, most);
      }
      return best;
    },
    citing: (tenant, document) =>
      [...partitions.values()].flatMap((partition) =>
        [...partition.values()].filter(
          (entry) => entry.tenant === tenant && entry.cites.some((one) => one.document === document),
        ),
      ),
    apply(change) {
      heard += 1;
      changes.push(change);
      chunks += chunksIn(change);
      while (changes.length > remembered || chunks > rememberedChunks) {
        const [oldest] = changes.splice(0, 1);
        if (!oldest) break;
        chunks -= chunksIn(oldest);
      }
      const ended: string[] = [];
      for (const [key, partition] of partitions) {
        for (const { id } of entriesToEnd(partition.values(), change)) {
          partition.delete(id);
          ended.push(id);
        }
        if (partition.size === 0) partitions.delete(key);
      }
      return ended;
    },
    forget(tenant) {
      for (const [key, partition] of partitions) {
        const [first] = partition.values();
        // The tenant is part of what a partition is named by: all of its entries are one tenant's.
        if (first?.tenant === tenant) partitions.delete(key);
      }
    },
    size: () => [...partitions.values()].reduce((sum, partition) => sum + partition.size, 0),
  };
}
