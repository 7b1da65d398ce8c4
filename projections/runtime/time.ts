let lastAt = Number.NaN;
let lastIso = '';

/** Unix ms as ISO 8601. Many events share a commit's time, so the last one is kept. */
export function isoOf(at: number): string {
  if (at !== lastAt) {
    lastIso = new Date(at).toISOString();
    lastAt = at;
  }
  return lastIso;
}
