import type { Run } from './runs.ts';

/**
 * The runs of a page as regions in reading order, by recursive cuts in white space (Nagy and Seth's X-Y cut): where a
 * gutter parts two columns of running text, the left one goes first; else the region is cut at its widest horizontal gap.
 * Columns of a table are no columns of text: their lines are short, and are read across.
 */
export function regionsOf(runs: readonly Run[], depth = 0): Run[][] {
  if (runs.length < 2 || depth > deepest) return runs.length > 0 ? [[...runs]] : [];
  const columns = gutter(runs);
  if (columns) return columns.flatMap((column) => regionsOf(column, depth + 1));
  const halves = widestGap(runs);
  if (!halves) return [[...runs]];
  const parts = halves.map((half) => regionsOf(half, depth + 1));
  // Cutting helped no one: the region stays whole, so that its paragraphs do.
  return parts.some((part) => part.length > 1) ? parts.flat() : [[...runs]];
}

const deepest = 60;
/** Lines that each side of a gutter needs, and how wide, in ems, a line of prose is at least. */
const leastLines = 4;
const leastEms = 9;
/** How much of the text is prose on one side of a gutter, and on the other, where a figure may be. */
const clearShare = 0.7;
const leastShare = 0.25;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function gutter(runs: readonly Run[]): [Run[], Run[]] | undefined {
  if (runs.length < leastLines * 2) return undefined;
  const em = median(runs.map(({ size }) => size));
  const sorted = runs.toSorted((a, b) => a.left - b.left);
  let right = sorted[0]?.right ?? 0;
  for (const [index, run] of sorted.entries()) {
    if (run.left - right > em * 0.7) {
      const [first, second] = [sorted.slice(0, index), sorted.slice(index)];
      const shares = [proseShare(first, em), proseShare(second, em)];
      if (Math.min(...shares) >= leastShare && Math.max(...shares) >= clearShare) {
        // Among themselves they keep the order of the page.
        const inFirst = new Set(first);
        return [runs.filter((one) => inFirst.has(one)), runs.filter((one) => !inFirst.has(one))];
      }
    }
    right = Math.max(right, run.right);
  }
  return undefined;
}

/** What share of the text is in lines that fill half of the column; 0 where it is no column. */
function proseShare(runs: readonly Run[], em: number): number {
  const width = Math.max(...runs.map(({ right }) => right)) - Math.min(...runs.map(({ left }) => left));
  const lines = new Set(runs.map(({ y }) => Math.round(y / em)));
  if (lines.size < leastLines) return 0;
  let wide = 0;
  let all = 0;
  for (const { left, right } of runs) {
    all += right - left;
    if (right - left >= Math.max(em * leastEms, width * 0.5)) wide += right - left;
  }
  return wide / all;
}

/** In ems, from one baseline to what is above the next: less is the space between lines. */
const leastGap = 0.4;

function widestGap(runs: readonly Run[]): [Run[], Run[]] | undefined {
  const sorted = runs.toSorted((a, b) => a.y - b.y);
  let bottom = sorted[0]?.y ?? 0;
  let best = 0;
  let cut = 0;
  for (const [index, { y, size }] of sorted.entries()) {
    const gap = y - size - bottom;
    if (index > 0 && gap > Math.max(best, size * leastGap)) {
      best = gap;
      cut = index;
    }
    bottom = Math.max(bottom, y);
  }
  if (cut === 0) return undefined;
  const above = new Set(sorted.slice(0, cut));
  return [runs.filter((run) => above.has(run)), runs.filter((run) => !above.has(run))];
}
