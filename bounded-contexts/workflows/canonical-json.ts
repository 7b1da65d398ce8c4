/**
 * JSON with sorted keys and no white space, after RFC 8785 (JSON Canonicalization Scheme): equal values have
 * equal texts, so that a hash of the text names the value. Numbers and strings are as ECMAScript writes them,
 * which is what the RFC asks; keys sort by UTF-16 code units, as `Array.prototype.sort` does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
