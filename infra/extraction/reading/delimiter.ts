const sampleCharacters = 64 * 1024;
const candidates = [',', ';', '\t', '|'];
const leastShare = 0.8;

export interface Delimiter {
  readonly delimiter: string;
  /** Rows that were looked at. */
  readonly lines: number;
  /** Of them, those with the commonest number of columns. */
  readonly share: number;
}

/**
 * What parts the columns of a table in text: the character by which most rows have the same number of columns, at
 * least two; quotes are respected. Undefined where there is none, as in prose.
 */
export function delimiterOf(text: string): Delimiter | undefined {
  const sample = text.slice(0, sampleCharacters);
  const found = candidates.flatMap((delimiter) => {
    const widths = widthsOf(sample, delimiter, text.length > sampleCharacters);
    const counts = new Map<number, number>();
    for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
    const [columns, rows] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [0, 0];
    const share = rows / Math.max(1, widths.length);
    return columns < 2 || share < leastShare ? [] : [{ delimiter, lines: widths.length, share, columns }];
  });
  const [best] = found.sort((a, b) => b.share - a.share || b.columns - a.columns);
  return best && { delimiter: best.delimiter, lines: best.lines, share: best.share };
}

/** How many columns each row has; empty rows are not counted, nor the last where it may be cut off. */
function widthsOf(sample: string, delimiter: string, isCut: boolean): number[] {
  const widths: number[] = [];
  let width = 1;
  let isQuoted = false;
  let atStart = true;
  let isEmpty = true;
  for (const character of sample) {
    if (character === '"' && (atStart || isQuoted)) isQuoted = !isQuoted;
    if (!isQuoted && character === '\n') {
      if (!isEmpty) widths.push(width);
      width = 1;
      isEmpty = atStart = true;
      continue;
    }
    if (!isQuoted && character === delimiter) width++;
    atStart = !isQuoted && character === delimiter;
    if (character !== '\r') isEmpty = false;
  }
  if (!isEmpty && !isCut && !isQuoted) widths.push(width);
  return widths;
}
