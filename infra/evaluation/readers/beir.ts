import { z } from 'zod';
import { type Collection, judgedQueries, qrelsOf } from '../collection.ts';
import type { Files } from './index.ts';

const document = z.object({ _id: z.coerce.string(), title: z.string().nullish(), text: z.string() });
const query = z.object({ _id: z.coerce.string(), text: z.string() });

const lines = <T>(text: string, schema: z.ZodType<T>): T[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => schema.parse(JSON.parse(line)));

/** The test split where there is one, else the first: collections keep training judgements beside it. */
export function readBeir({ names, read }: Files): Collection | undefined {
  const splits = names.filter((name) => /^qrels\/.*\.tsv$/.test(name));
  const split = splits.find((name) => name === 'qrels/test.tsv') ?? splits[0];
  if (!names.includes('corpus.jsonl') || !names.includes('queries.jsonl') || split === undefined)
    return undefined;
  const rows = read(split)
    .split('\n')
    .map((line) => line.trim().split('\t'))
    .filter((row) => row.length >= 3 && Number.isFinite(Number(row[2])));
  const qrels = qrelsOf(rows.map(([id = '', answer = '', grade]) => [id, answer, Number(grade)]));
  return {
    layout: 'beir',
    documents: lines(read('corpus.jsonl'), document).map(({ _id, title, text }) => ({
      id: _id,
      text,
      ...(title ? { title } : {}),
    })),
    queries: judgedQueries(
      lines(read('queries.jsonl'), query).map(({ _id, text }) => ({ id: _id, text })),
      qrels,
    ),
  };
}
