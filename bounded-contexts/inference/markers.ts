import { growingText } from './growing-text.ts';

/** Finds where a growing text contains the first of some stop markers. */
export interface MarkerWatch {
  /** Call with what was added. `end`: characters of the whole text, up to and with the marker. */
  look(added: string): { readonly marker: string; readonly end: number } | undefined;
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
  /** A block may be of any length. */
  const whole = fenced ? growingText() : undefined;
  /** Of what was looked at before, the end in which a marker may have begun; and its length in all. */
  const kept = Math.max(longest - 1, fenced ? 2 : 0);
  let tail = '';
  let looked = 0;
  return {
    look(added) {
      const near = tail + added;
      const start = looked - tail.length;
      // Only a fence that came since the last look can close a block.
      const newFence = fenced && near.includes('```', Math.max(0, tail.length - 2));
      whole?.add(added);
      tail = kept === 0 ? '' : near.slice(-kept);
      looked += added.length;
      let found: { marker: string; end: number } | undefined;
      for (const marker of plain) {
        const at = near.indexOf(marker);
        if (at === -1) continue;
        const end = start + at + marker.length;
        if (!found || end < found.end) found = { marker, end };
      }
      // The closing fence must be a whole line: its end is known by the next line's beginning or the text's end.
      const block = whole && newFence ? codeBlock.exec(whole.whole()) : null;
      if (block) {
        const end = block.index + block[0].length;
        if (!found || end < found.end) found = { marker: 'code-block', end };
      }
      return found;
    },
  };
}
