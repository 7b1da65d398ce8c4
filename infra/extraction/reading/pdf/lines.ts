import { joinTwo, type Run } from './runs.ts';

/** A line of a region, its runs put together from left to right, or the other way in right-to-left scripts. */
export interface Line extends Run {
  /** Whether a new paragraph begins with it, as far as the page shows. */
  readonly begins: boolean;
}

export function linesOf(region: readonly Run[]): Line[] {
  const lines = rowsOf(region).map(across);
  const pitches = lines.slice(1).map((line, index) => line.y - (lines[index]?.y ?? line.y));
  const pitch = pitches.toSorted((a, b) => a - b)[pitches.length >> 1] ?? 0;
  const left = Math.min(...lines.map((line) => line.left));
  const right = Math.max(...lines.map((line) => line.right));
  return lines.map((line, index) => ({
    ...line,
    begins: begins(lines[index - 1], line, pitch, left, right),
  }));
}

function rowsOf(region: readonly Run[]): Run[][] {
  const rows: Run[][] = [];
  for (const run of region.toSorted((a, b) => a.y - b.y)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && run.y - first.y < Math.max(run.size, first.size) * 0.5) row.push(run);
    else rows.push([run]);
  }
  return rows;
}

function across(row: readonly Run[]): Run {
  const rightToLeft = row.filter(({ isRightToLeft }) => isRightToLeft).length > row.length / 2;
  const sorted = row.toSorted((a, b) => (rightToLeft ? b.right - a.right : a.left - b.left));
  return sorted.reduce((line, run) => joinTwo(line, run, run.size));
}

const bullet = /^\s*(?:[•◦▪–·*-]|\d{1,2}[.)]|\(?[a-z]\))\s/;

function begins(before: Run | undefined, line: Run, pitch: number, left: number, right: number): boolean {
  if (!before) return true;
  const { size } = line;
  if (line.y - before.y > Math.max(pitch * 1.35, size * 1.5)) return true;
  if (Math.abs(size - before.size) > size * 0.12) return true;
  if (bullet.test(line.text)) return true;
  // An indent where the line before was not indented, or one that ended early.
  const indent = line.left - left > size * 0.8 && before.left - left < size * 0.5 && !line.isRightToLeft;
  const endedEarly = right - before.right > (right - left) * 0.25 && /[.!?:]["”’)]?\s*$/.test(before.text);
  return indent || endedEarly;
}
