interface Placed {
  readonly start: number;
  readonly end: number;
}

/** Puts a sign in place of each span: spans are in order, and overlap at most at their ends. */
export function redacted<S extends Placed>(
  text: string,
  spans: readonly S[],
  sign: (span: S) => string,
): string {
  let out = '';
  let from = 0;
  for (const span of spans) {
    if (span.end <= from) continue;
    out += text.slice(from, Math.max(from, span.start)) + sign(span);
    from = span.end;
  }
  return out + text.slice(from);
}

/** What stands in place of personal data: its kind, in capitals. */
export const signOf = (detector: string): string => `[${detector.toUpperCase()}]`;
