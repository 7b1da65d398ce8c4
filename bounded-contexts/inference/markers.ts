/** Finds where a growing text contains the first of some stop markers. */
export interface MarkerWatch {
  /** `end`: characters of `text`, counted from its beginning, up to and with the marker. Call with the text as it grew. */
  look(text: string): { readonly marker: string; readonly end: number } | undefined;
}

/** A fenced code block that was opened and is closed: from its fence to the end of the closing one. */
const codeBlock = /^ {0,3}```[^\n]*\n(?:[^\n]*\n)*? {0,3}```(?=[ \t]*(?:\n|$))/m;

/**
 * `code-block` stands for the end of the first fenced code block (CommonMark, 4.5); any other marker for itself.
 * A marker may come in pieces of any size.
 */
export function markerWatch(markers: readonly string[]): MarkerWatch {
  const plain = markers.filter((marker) => marker !== 'code-block');
  const longest = Math.max(0, ...plain.map(({ length }) => length));
  const fenced = plain.length < markers.length;
  let looked = 0;
  return {
    look(text) {
      const from = Math.max(0, looked - longest);
      // Only a fence that came since the last look can close a block.
      const newFence = fenced && text.includes('```', Math.max(0, looked - 2));
      looked = text.length;
      let found: { marker: string; end: number } | undefined;
      for (const marker of plain) {
        const at = text.indexOf(marker, from);
        if (at === -1) continue;
        const end = at + marker.length;
        if (!found || end < found.end) found = { marker, end };
      }
      // The closing fence must be a whole line: its end is known by the next line's beginning or the text's end.
      const block = newFence ? codeBlock.exec(text) : null;
      if (block) {
        const end = block.index + block[0].length;
        if (!found || end < found.end) found = { marker: 'code-block', end };
      }
      return found;
    },
  };
}
