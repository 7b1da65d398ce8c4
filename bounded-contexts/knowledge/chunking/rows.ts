import type { Block } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { recursiveSlices } from './recursive.ts';
import { trimmed } from './units.ts';

/**
 * Rows of a table, `most` to a chunk as far as they fit; text between rows has chunks of its own. No row is parted but
 * one that is larger than `size`, whose chunks have it as their parent.
 */
export function rowSlices(text: string, blocks: readonly Block[], bounds: Bounds, most = 1): Slice[] {
  const slices: Slice[] = [];
  let open: { rows: Block[]; tokens: number } | undefined;
  let at = 0;
  const close = (): void => {
    const [first] = open?.rows ?? [];
    const last = open?.rows.at(-1);
    if (open && first && last) slices.push({ start: first.start, end: last.end, ...common(open.rows) });
    open = undefined;
  };
  const between = (to: number): void => {
    const spans = [...trimmed(text, at, to)];
    if (spans.length > 0) close();
    for (const span of spans) for (const part of recursiveSlices(text, bounds, span)) slices.push(part);
  };
  for (const row of blocks) {
    if (row.kind !== 'row' || row.start < at) continue;
    between(row.start);
    at = row.end;
    const tokens = bounds.count(text.slice(row.start, row.end));
    if (tokens > bounds.size) {
      close();
      const parts = recursiveSlices(text, bounds, row);
      for (const part of parts) slices.push({ ...part, parent: spanOf(row), ...common([row]) });
    } else if (open && open.rows.length < most && fits(text, open, row, tokens, bounds)) {
      open.rows.push(row);
      open.tokens += gapTokens(text, open, row, bounds) + tokens;
    } else {
      close();
      open = { rows: [row], tokens };
    }
  }
  close();
  between(text.length);
  return slices;
}

type Open = { readonly rows: readonly Block[]; readonly tokens: number };

const spanOf = ({ start, end }: Block) => ({ start, end });

const gapTokens = (text: string, open: Open, row: Block, { count }: Bounds): number =>
  count(text.slice(open.rows.at(-1)?.end ?? row.start, row.start));

const fits = (text: string, open: Open, row: Block, tokens: number, bounds: Bounds): boolean =>
  open.tokens + gapTokens(text, open, row, bounds) + tokens <= bounds.size;

/** The fields that all rows agree on. */
function common(rows: readonly Block[]): Pick<Slice, 'fields'> {
  const [first, ...others] = rows;
  if (!first?.fields) return {};
  const shared = Object.entries(first.fields).filter(([name, value]) =>
    others.every(({ fields }) => fields?.[name] === value),
  );
  return shared.length > 0 ? { fields: Object.fromEntries(shared) } : {};
}
