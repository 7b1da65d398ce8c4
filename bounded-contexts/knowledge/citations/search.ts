/**
 * Where `pattern` occurs in `text` from `from`, overlapping ones too, by Knuth, Morris and Pratt (1977): linear in the
 * worst case, which no `indexOf` promises. `found` returns false to stop. An occurrence ends at or before `to`.
 */
export function occurrences(
  text: string,
  pattern: string,
  from: number,
  to: number,
  found: (at: number) => boolean,
): void {
  const size = pattern.length;
  if (size === 0) return;
  const back = new Int32Array(size);
  for (let at = 1, same = 0; at < size; at++) {
    while (same > 0 && pattern.charCodeAt(at) !== pattern.charCodeAt(same)) same = back[same - 1] as number;
    if (pattern.charCodeAt(at) === pattern.charCodeAt(same)) same += 1;
    back[at] = same;
  }
  for (let at = from, same = 0; at < to; at++) {
    const code = text.charCodeAt(at);
    while (same > 0 && code !== pattern.charCodeAt(same)) same = back[same - 1] as number;
    if (code === pattern.charCodeAt(same)) same += 1;
    if (same !== size) continue;
    if (!found(at - size + 1)) return;
    same = back[size - 1] as number;
  }
}
