import { type ChunkIndex, type MemoryIndex, memoryIndex } from '../../../bounded-contexts/knowledge/index.ts';

/**
 * Exact search in this process, an index for each tenant and model. It starts empty: whoever opens it puts what the
 * read models hold. Each change and each search is done before the next one begins.
 */
export function embeddedIndex(): ChunkIndex {
  const tenants = new Map<string, Map<string, MemoryIndex>>();
  const open = (tenant: string, model: string): MemoryIndex => {
    const models = tenants.get(tenant) ?? new Map<string, MemoryIndex>();
    const index = models.get(model) ?? memoryIndex();
    tenants.set(tenant, models.set(model, index));
    return index;
  };
  const stamps = new Map<string, string | undefined>();
  const placeOf = (...names: readonly string[]) => JSON.stringify(names);
  const found = (tenant: string, model: string): MemoryIndex =>
    tenants.get(tenant)?.get(model) ?? memoryIndex();

  return {
    async put(tenant, model, revision) {
      open(tenant, model).put(revision);
      stamps.set(placeOf(tenant, model, revision.document), revision.stamp);
    },
    async remove(tenant, model, document) {
      found(tenant, model).remove(document);
      stamps.delete(placeOf(tenant, model, document));
    },
    stampOf: async (tenant, model, document) => stamps.get(placeOf(tenant, model, document)),
    search: async (tenant, model, query) => found(tenant, model).search(query),
    count: async (tenant, model, filter) => found(tenant, model).count(filter),
    async close() {
      tenants.clear();
      stamps.clear();
    },
  };
}
