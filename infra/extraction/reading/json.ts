import { canonicalise } from '../../../bounded-contexts/knowledge/text/index.ts';
import { type Read, type ReadingContext, tooLarge, unreadable } from './context.ts';
import { type Row, readRows } from './rows.ts';

/**
 * JSON: a list of objects is a table, as are its settings where they name rows; all else is kept as it is written, and
 * cut by its structure later.
 */
export function readJson(raw: string, context: ReadingContext): Read {
  const text = canonicalise(raw).trim();
  if (text.length > context.limits.maxCharacters) throw tooLarge(`The text has ${text.length} characters`);
  const value = parsed(text);
  const isTable = Array.isArray(value) && value.length > 0 && value.every(isRecord);
  if (isTable || context.settings.rows) {
    const records: unknown[] = Array.isArray(value) ? value : [value];
    return { ...readRows(records.map(rowOf), context), type: 'json' };
  }
  return { type: 'json', text, blocks: [], pages: [], notes: [] };
}

/** JSON Lines: each a row; lines that are no JSON are skipped and counted. */
export function readJsonLines(raw: string, context: ReadingContext): Read {
  if (raw.length > context.limits.maxCharacters) throw tooLarge(`The text has ${raw.length} characters`);
  const rows: Row[] = [];
  let bad = 0;
  for (const line of raw.replace(/^\ufeff/, '').split('\n')) {
    if (line.trim() === '') continue;
    try {
      rows.push(rowOf(parsed(line)));
    } catch {
      bad++;
    }
  }
  if (rows.length === 0) throw unreadable('No line of the file is JSON');
  const read = readRows(rows, context);
  const notes =
    bad > 0 ? [`Lines that are not valid JSON and were left out: ${bad}.`, ...read.notes] : read.notes;
  return { ...read, type: 'jsonl', notes };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable('The file is not valid JSON', cause);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths longer than this are kept as JSON in one field. */
const deepest = 8;
const mostFields = 1_000;

/** An object's values by their dotted paths: `author.name`, `tags.0`; lists of plain values in one field. */
function rowOf(value: unknown): Row {
  const row = new Map<string, string>();
  const add = (path: string, inner: unknown, depth: number): void => {
    if (row.size >= mostFields || inner === null || inner === undefined || inner === '') return;
    if (typeof inner !== 'object') {
      row.set(path || 'value', canonicalise(String(inner)));
    } else if (depth >= deepest) {
      row.set(path, JSON.stringify(inner));
    } else if (Array.isArray(inner) && inner.every((one) => typeof one !== 'object')) {
      if (inner.length > 0) row.set(path || 'value', canonicalise(inner.join(', ')));
    } else {
      for (const [key, one] of Object.entries(inner)) add(path ? `${path}.${key}` : key, one, depth + 1);
    }
  };
  add('', value, 0);
  return row;
}
