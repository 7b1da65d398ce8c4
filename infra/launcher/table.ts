/** One part of a running Daybook, as the start table and /ready name it. */
export interface Part {
  readonly part: string;
  readonly runsOn: string;
  readonly version: string;
  readonly address: string;
  readonly durability: string;
}

const columns = [
  ['part', 'part'],
  ['runsOn', 'runs on'],
  ['version', 'version'],
  ['address', 'address'],
  ['durability', 'durability'],
] as const;

/** A plain table, its last column wrapped to `width` characters. */
export function partsTable(parts: readonly Part[], width: number): string {
  const widths = columns.map(([key, title]) =>
    Math.max(title.length, ...parts.map((part) => part[key].length)),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 2);
  const last = Math.max(24, width - before);
  const line = (cells: readonly string[]) => {
    const [first = '', ...more] = wrap(cells.at(-1) ?? '', last);
    const head = cells
      .slice(0, -1)
      .map((cell, index) => cell.padEnd((widths[index] ?? 0) + 2))
      .join('');
    return [`  ${head}${first}`, ...more.map((rest) => ' '.repeat(before) + rest)].join('\n').trimEnd();
  };
  return [
    line(columns.map(([, title]) => title)),
    ...parts.map((part) => line(columns.map(([key]) => part[key]))),
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}

/** A URL without its password, for people's eyes. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.toString().replace(/\/$/, '');
}
