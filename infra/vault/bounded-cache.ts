/** A map that forgets what was set first once it holds `limit` entries. */
export function boundedCache<Value>(limit: number): Pick<Map<string, Value>, 'get' | 'set' | 'delete'> {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      if (entries.size >= limit && !entries.has(key)) {
        const [oldest] = entries.keys();
        if (oldest !== undefined) entries.delete(oldest);
      }
      entries.set(key, value);
      return entries;
    },
    delete: (key) => entries.delete(key),
  };
}
