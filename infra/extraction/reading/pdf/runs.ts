/** A piece of text on a page, in the direction that it is read in: x goes along the line, y down the page. */
export interface Run {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  /** The baseline. */
  readonly y: number;
  /** Of the font, in points. */
  readonly size: number;
  readonly isRightToLeft: boolean;
}

/** What pdf.js says of a piece of text. */
export interface TextItem {
  readonly str: string;
  readonly dir: string;
  /** A matrix [a, b, c, d, e, f] from the text's space to the page's. */
  readonly transform: readonly number[];
  readonly width: number;
}

type Matrix = readonly [number, number, number, number, number, number];

const matrix = ([a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]: readonly number[]): Matrix => [a, b, c, d, e, f];

/**
 * The texts of a page by the angle that they are written at, the angle with most text first: a page that lies on its side
 * is read like any other, and what is written up its margin comes last.
 * @param viewport From the page's space to what is seen, with the page's own rotation.
 */
export function runsByAngle(items: readonly TextItem[], viewport: readonly number[]): Run[][] {
  const byAngle = new Map<number, Run[]>();
  const characters = new Map<number, number>();
  for (const { str, dir, transform, width } of items) {
    if (str.trim() === '') continue;
    const seen = multiply(matrix(viewport), matrix(transform));
    const along = Math.hypot(seen[0], seen[1]) || 1;
    const [ux, uy] = [seen[0] / along, seen[1] / along];
    const angle = ((Math.round(Math.atan2(uy, ux) / (Math.PI / 12)) % 24) + 24) % 24;
    const left = seen[4] * ux + seen[5] * uy;
    const [, , c, d] = matrix(transform);
    const run: Run = {
      text: str,
      left,
      right: left + width,
      y: seen[5] * ux - seen[4] * uy,
      size: Math.hypot(c, d) || 1,
      isRightToLeft: dir === 'rtl',
    };
    const runs = byAngle.get(angle);
    if (runs) runs.push(run);
    else byAngle.set(angle, [run]);
    characters.set(angle, (characters.get(angle) ?? 0) + str.length);
  }
  return [...byAngle]
    .sort(([a], [b]) => (characters.get(b) ?? 0) - (characters.get(a) ?? 0))
    .map(([, runs]) => joined(runs));
}

const multiply = (m: Matrix, n: Matrix): Matrix => [
  m[0] * n[0] + m[2] * n[1],
  m[1] * n[0] + m[3] * n[1],
  m[0] * n[2] + m[2] * n[3],
  m[1] * n[2] + m[3] * n[3],
  m[0] * n[4] + m[2] * n[5] + m[4],
  m[1] * n[4] + m[3] * n[5] + m[5],
];

/** In ems: pieces closer than this are one word, up to that far apart one line of text; farther may be a column. */
const wordGap = 0.15;
const lineGap = 1;

/** Pieces that follow each other on one line, as one run. */
function joined(pieces: readonly Run[]): Run[] {
  const runs: Run[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    const size = last ? Math.max(last.size, piece.size) : piece.size;
    const gap = last ? (piece.isRightToLeft ? last.left - piece.right : piece.left - last.right) : 0;
    const isSameLine =
      last !== undefined &&
      Math.abs(last.y - piece.y) < size * 0.5 &&
      gap > -size * 0.5 &&
      gap < size * lineGap &&
      last.isRightToLeft === piece.isRightToLeft;
    if (isSameLine) runs[runs.length - 1] = joinTwo(last, piece, gap);
    else runs.push(piece);
  }
  return runs;
}

export function joinTwo(first: Run, second: Run, gap: number): Run {
  const size = Math.max(first.size, second.size);
  const needsSpace = gap > size * wordGap && !/\s$/.test(first.text) && !/^\s/.test(second.text);
  return {
    ...first,
    text: `${first.text}${needsSpace ? ' ' : ''}${second.text}`,
    left: Math.min(first.left, second.left),
    right: Math.max(first.right, second.right),
    // Of a footnote mark and a word, the word says where the line is.
    y: first.text.length >= second.text.length ? first.y : second.y,
    size: first.text.length >= second.text.length ? first.size : second.size,
  };
}
