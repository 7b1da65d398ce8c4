import { parse } from 'csv-parse/sync';
import { canonicalise } from '../../../bounded-contexts/knowledge/text/index.ts';
import { type Read, type ReadingContext, tooLarge, unreadable } from './context.ts';
import { delimiterOf } from './delimiter.ts';
import { type Row, readRows } from './rows.ts';

/** A table in text: RFC 4180 and what is found instead of it, with any delimiter, ragged rows and stray quotes. */
export function readCsv(raw: string, context: ReadingContext): Read {
  const { delimiter, header } = context.settings.rows ?? {};
  const text = canonicalise(raw);
  if (text.length > context.limits.maxCharacters) throw tooLarge(`The table has ${text.length} characters`);
  const { records, notes } = recordsOf(text, delimiter ?? delimiterOf(text)?.delimiter ?? ',');
  const [first = []] = records;
  const hasHeader = header ?? looksLikeNames(first, records[1]);
  const names = hasHeader ? uniqueNames(first) : first.map((_, index) => `column ${index + 1}`);
  const rows = (hasHeader ? records.slice(1) : records).map((record) => rowOf(names, record));
  const read = readRows(rows, context);
  return { ...read, type: 'csv', notes: [...notes, ...read.notes] };
}

function recordsOf(text: string, delimiter: string): { records: string[][]; notes: string[] } {
  const options = { delimiter, relax_column_count: true, skip_empty_lines: true };
  try {
    return { records: parse(text, { ...options, relax_quotes: true }), notes: [] };
  } catch {
    // A quote that is never closed would swallow the rest of the table.
    try {
      const records = parse(text, { ...options, quote: null });
      return { records, notes: ['A quotation mark is never closed; quotation marks were read as text.'] };
    } catch (cause) {
      throw unreadable('The file is no table that can be read', cause);
    }
  }
}

const isNumber = (cell: string): boolean => /^[-+]?[\d.,:/ -]*\d[\d.,:/ %-]*$/.test(cell.trim());

/** Names are all there, all different, and none is a number or a date; a table of one row is no table of names. */
function looksLikeNames(first: readonly string[], second: readonly string[] | undefined): boolean {
  const cells = first.map((cell) => cell.trim());
  const isNamed = cells.every((cell) => cell !== '' && cell.length <= 100 && !isNumber(cell));
  return second !== undefined && isNamed && new Set(cells).size === cells.length;
}

function uniqueNames(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, index) => {
    const name = cell.trim() || `column ${index + 1}`;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

const rowOf = (names: readonly string[], record: readonly string[]): Row =>
  new Map(
    record.flatMap((cell, index): [string, string][] => {
      const value = cell.trim();
      return value === '' ? [] : [[names[index] ?? `column ${index + 1}`, value]];
    }),
  );
