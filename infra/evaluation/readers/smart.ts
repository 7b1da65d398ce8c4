import { type Collection, judgedQueries, qrelsOf } from '../collection.ts';
import type { Files } from './index.ts';

const field = (record: string, name: string): string =>
  (
    new RegExp(`^\\.${name}[ \\t]*\\r?\\n([\\s\\S]*?)(?=^\\.[A-Z][ \\t]*\\r?$|$(?![\\s\\S]))`, 'm').exec(
      record,
    )?.[1] ?? ''
  )
    .replace(/\s+/g, ' ')
    .trim();

const records = (text: string) =>
  text
    .split(/^\.I[ \t]*/m)
    .slice(1)
    .map((record) => ({
      id: record.split(/\s/)[0] ?? '',
      title: field(record, 'T'),
      text: field(record, 'W'),
    }));

/**
 * The layout of the SMART system, in which Cranfield is kept. Judgements count questions from 1 in their order,
 * whatever ids are printed. Grades are of no use: Cranfield's best is 1 and its worst 4, others have 0 throughout. So
 * what is listed is relevant, and what is below 0 is not.
 */
export function readSmart({ names, read }: Files): Collection | undefined {
  const named = (pattern: RegExp) => names.find((name) => pattern.test(name.toLowerCase()));
  const [all, asked, judged] = [named(/\.all(\.\d+)?$/), named(/\.qry$/), named(/(qrel|\.rel)s?(\.txt)?$/)];
  if (all === undefined || asked === undefined || judged === undefined) return undefined;
  const rows = read(judged)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length >= 2 && row[0] !== '');
  const qrels = qrelsOf(
    rows.map(([query = '', document = '', grade]) => [query, document, Number(grade ?? 1) < 0 ? 0 : 1]),
  );
  return {
    layout: 'smart',
    // Cranfield's text begins with its title.
    documents: records(read(all)).map(({ id, title, text }) =>
      title === '' || text.startsWith(title) ? { id, text: text || title } : { id, title, text },
    ),
    queries: judgedQueries(
      records(read(asked)).map(({ text }, at) => ({ id: String(at + 1), text })),
      qrels,
    ),
  };
}
