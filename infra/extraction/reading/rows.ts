import { type Block, canonicalise, textBuilder } from '../../../bounded-contexts/knowledge/text/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import type { Read, ReadingContext } from './context.ts';

/** A row by the names of its columns, in their order; columns without a value are not in it. */
export type Row = ReadonlyMap<string, string>;

/**
 * A table as text: what the template makes of each row, the rows' values as fields. Rows in which all that the template
 * (or, without one, any chosen column) names is empty are skipped, and counted in a note.
 * @throws `request.invalid` where template or columns name what no row has
 */
export function readRows(
  rows: readonly Row[],
  { settings, limits }: ReadingContext,
): Pick<Read, 'text' | 'blocks' | 'notes' | 'pages'> {
  const { template, columns } = settings.rows ?? {};
  expectKnown(rows, [...(columns ?? []), ...namesIn(template ?? '')]);
  const builder = textBuilder(limits.maxCharacters);
  let skipped = 0;
  builder.open('table');
  for (const row of rows) {
    const chosen = columns ? pick(row, columns) : row;
    const text = template === undefined ? listed(chosen) : filled(template, row);
    if (canonicalise(text).trim() === '') skipped++;
    else builder.add('row', text, { fields: Object.fromEntries(chosen) });
  }
  builder.close();
  const { text, blocks } = builder.build();
  const notes =
    skipped > 0 ? [`${skipped} of ${rows.length} rows are empty in the columns that are read.`] : [];
  return { text, blocks: blocks satisfies readonly Block[], notes, pages: [] };
}

const pick = (row: Row, columns: readonly string[]): Row =>
  new Map(
    columns.flatMap((name): [string, string][] => (row.has(name) ? [[name, row.get(name) ?? '']] : [])),
  );

const listed = (row: Row): string => [...row].map(([name, value]) => `${name}: ${value}`).join('\n');

const placeholder = /\{([^{}]+)\}/g;

const namesIn = (template: string): string[] =>
  [...template.matchAll(placeholder)].map(([, name = '']) => name.trim());

/** Nothing where all places are empty; else without the marks that an empty place leaves at either end. */
function filled(template: string, row: Row): string {
  let isEmpty = true;
  const text = template.replace(placeholder, (_, name: string) => {
    const value = row.get(name.trim())?.trim() ?? '';
    if (value !== '') isEmpty = false;
    return value === '' ? hole : value;
  });
  if (isEmpty) return '';
  return text.replace(leadingHole, '').replace(trailingHole, '').replaceAll(hole, '').trim();
}

/** Where a value is missing; no canonical text has it. */
const hole = '\0';
const leadingHole = /^\s*\0[\s:;,.–—|/-]*/;
const trailingHole = /[\s:;,–—|/-]*\0\s*$/;

function expectKnown(rows: readonly Row[], names: readonly string[]): void {
  if (names.length === 0 || rows.length === 0) return;
  const unknown = new Set(names);
  const known = new Set<string>();
  for (const row of rows) {
    for (const name of row.keys()) {
      unknown.delete(name);
      if (known.size < 50) known.add(name);
    }
    if (unknown.size === 0) return;
  }
  throw new DaybookError(
    'request.invalid',
    `\`rows\` names ${[...unknown].map((name) => `\`${name}\``).join(', ')}; there are ${[...known].map((name) => `\`${name}\``).join(', ')}.`,
    { param: 'rows' },
  );
}
