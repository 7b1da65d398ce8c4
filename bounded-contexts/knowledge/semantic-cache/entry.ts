import type { Wording } from '../wording/index.ts';

/** What an answer cites, and the department whose rights it takes to read it. */
export interface Cites {
  readonly department: string;
  readonly document: string;
  readonly revision: string;
}

/** A question as the cache compares it. */
export interface CacheQuestion {
  readonly text: string;
  /** Its embedding, of length 1, by the model of the index. */
  readonly vector: Float32Array;
  /** What of it must not differ: see `wordingOf`. */
  readonly wording: Wording;
}

/** An answer that may be given again. */
export interface CacheEntry<T> {
  readonly id: string;
  readonly tenant: string;
  /** By `partitionOf`. */
  readonly partition: string;
  /** The departments that were searched. */
  readonly departments: readonly string[];
  readonly question: CacheQuestion;
  readonly cites: readonly Cites[];
  /** The cosine of its k-th hit with the question; -1 where there were fewer than k, so that any new chunk enters. */
  readonly kthScore: number;
  readonly escalated: boolean;
  readonly answer: T;
}

/** Cosine of two vectors of length 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return -1;
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
