import { hash } from 'node:crypto';

/** All that an answer depends on but its question. */
export interface PartitionKey {
  readonly tenant: string;
  /** The departments that the asker may read and asks in; their order does not matter. */
  readonly departments: readonly string[];
  readonly locale: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly retrievalVersion: string;
  readonly guardVersion: string;
}

/**
 * The partition of the cache that a question belongs to: whoever has other rights, or asks another model, prompt, index
 * or policy, is never compared with it, however similar the question.
 */
export function partitionOf(key: PartitionKey): string {
  const { tenant, locale, model, promptVersion, retrievalVersion, guardVersion } = key;
  const departments = [...new Set(key.departments)].sort();
  const parts = [tenant, departments, locale, model, promptVersion, retrievalVersion, guardVersion];
  return hash('sha256', JSON.stringify(parts));
}
