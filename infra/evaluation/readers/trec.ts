import { type Collection, judgedQueries, qrelsOf } from '../collection.ts';
import type { Files } from './index.ts';

const qrel = /^\s*\S+\s+\S+\s+\S+\s+-?\d+\s*$/;
const inside = (text: string, tag: string): string[] =>
  [...text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'gi'))].map(([, found = '']) => found);
const plain = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
/** Topics close no tags: a field ends where the next begins. */
const topicField = (topic: string, tag: string): string => {
  const found = new RegExp(`<${tag}>([^<]*)`, 'i').exec(topic)?.[1] ?? '';
  return found.replace(/^\s*(Number|Topic|Description)\s*:/i, '').trim();
};

/** SGML of documents and topics (the title is asked), and judgements `query iteration document grade`. */
export function readTrec({ names, read }: Files): Collection | undefined {
  const texts = names.filter((name) => /\.(trec|sgml?|xml|txt|topics|qrels?)$/i.test(name)).map(read);
  const documents = texts
    .flatMap((text) => inside(text, 'DOC'))
    .map((document) => {
      const id = plain(inside(document, 'DOCNO')[0] ?? '');
      const title = plain(inside(document, 'TITLE')[0] ?? inside(document, 'HEADLINE')[0] ?? '');
      const text = plain(inside(document, 'TEXT').join('\n'));
      return title === '' ? { id, text } : { id, title, text };
    });
  const queries = texts
    .flatMap((text) => inside(text, 'top'))
    .map((topic) => ({
      id: topicField(topic, 'num'),
      text: topicField(topic, 'title') || topicField(topic, 'desc'),
    }));
  const rows = texts
    .map((text) => text.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0 && lines.every((line) => qrel.test(line)))
    .flat()
    .map((line) => line.trim().split(/\s+/));
  if (documents.length === 0 || queries.length === 0 || rows.length === 0) return undefined;
  const qrels = qrelsOf(rows.map(([query = '', , document = '', grade]) => [query, document, Number(grade)]));
  return { layout: 'trec', documents, queries: judgedQueries(queries, qrels) };
}
