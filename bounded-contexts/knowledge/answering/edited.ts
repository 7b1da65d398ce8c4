/** Part of a text that gives way to other words. UTF-16 offsets. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Edited {
  readonly text: string;
  /** Where an offset into the text before is in the text after; what is inside an edit goes to its end. */
  at(offset: number): number;
}

/** A text with parts replaced, and what became of its offsets. Where edits overlap, all that any covers is replaced. */
export function edited(text: string, edits: readonly Edit[]): Edited {
  const kept: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const from = kept.at(-1)?.end ?? 0;
    if (edit.end > from) kept.push({ ...edit, start: Math.max(edit.start, from) });
  }
  let out = '';
  let from = 0;
  for (const { start, end, text: words } of kept) {
    out += text.slice(from, start) + words;
    from = end;
  }
  out += text.slice(from);
  return {
    text: out,
    at(offset) {
      let moved = 0;
      for (const { start, end, text: words } of kept) {
        if (start >= offset) break;
        moved += words.length - (Math.min(end, offset) - start);
      }
      return offset + moved;
    },
  };
}
