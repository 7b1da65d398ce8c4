import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { hashEmbedding } from '../providers/index.ts';
import { testFolder } from '../testing/index.ts';
import { sharedData } from '../testing/shared-data.ts';
import { evaluate, ownCollection, readCollection } from './index.ts';

const folderOf = (files: Readonly<Record<string, string>>): string => {
  const folder = join(testFolder(), Object.keys(files).join('').length.toString());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
};

const modes = ['keyword', 'dense', 'hybrid', 'rrf'] as const;
const scoresOf = (collection: Parameters<typeof evaluate>[0], k = 100) => {
  const { modes: results, ...rest } = evaluate(collection, { modes, k, embed: hashEmbedding });
  return { ...rest, ...Object.fromEntries(results.map((one) => [one.mode, one])) } as typeof rest &
    Record<(typeof modes)[number], (typeof results)[number]>;
};

test('a BEIR folder is read: titles, the test split, and only questions with an answer', () => {
  const collection = readCollection(
    folderOf({
      'corpus.jsonl':
        '{"_id":"d1","title":"Wings","text":"of aircraft"}\n{"_id":2,"title":"","text":"heat"}\n',
      'queries.jsonl':
        '{"_id":"q1","text":"wing?"}\n{"_id":"q2","text":"none"}\n{"_id":"q3","text":"nothing"}\n',
      'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t1\nq2\td1\t0\n',
      'qrels/train.tsv': 'query-id\tcorpus-id\tscore\nq3\td1\t1\n',
    }),
  );
  expect(collection).toEqual({
    layout: 'beir',
    documents: [
      { id: 'd1', title: 'Wings', text: 'of aircraft' },
      { id: '2', text: 'heat' },
    ],
    queries: [
      {
        id: 'q1',
        text: 'wing?',
        judged: new Map([
          ['d1', 2],
          ['2', 1],
        ]),
      },
    ],
  });
});

test('a SMART folder is read: questions by their order, whatever is listed and not below 0 is relevant', () => {
  const collection = readCollection(
    folderOf({
      'x.all.1400':
        '.I 1\n.T\nwings .\n.A\nbrenckman,m.\n.W\nwings .\n of aircraft\n.I 2\n.T\nheat\n.W\nslabs\n',
      'x.qry': '.I 001\n.W\nwhat wings\nare there\n.I 004\n.W\nwhich heat',
      xqrel: '1 1 4 \n1 2 -1\n2 2 1\n',
    }),
  );
  expect(collection).toEqual({
    layout: 'smart',
    documents: [
      { id: '1', text: 'wings . of aircraft' },
      { id: '2', title: 'heat', text: 'slabs' },
    ],
    queries: [
      {
        id: '1',
        text: 'what wings are there',
        judged: new Map([
          ['1', 1],
          ['2', 0],
        ]),
      },
      { id: '2', text: 'which heat', judged: new Map([['2', 1]]) },
    ],
  });
});

test('a TREC folder is read: documents, topics and judgements from whichever file holds them', () => {
  const collection = readCollection(
    folderOf({
      'docs.sgml':
        '<DOC>\n<DOCNO> FT-1 </DOCNO>\n<HEADLINE>Wings</HEADLINE>\n<TEXT>\n<P>of aircraft</P>\n</TEXT>\n</DOC>',
      'topics.txt':
        '<top>\n<num> Number: 301\n<title> wing shapes\n\n<desc> Description:\nmore words\n</top>\n',
      'judgements.qrels': '301 0 FT-1 1\n302 0 FT-1 1\n',
    }),
  );
  expect(collection).toEqual({
    layout: 'trec',
    documents: [{ id: 'FT-1', title: 'Wings', text: 'of aircraft' }],
    queries: [{ id: '301', text: 'wing shapes', judged: new Map([['FT-1', 1]]) }],
  });
});

test('a SQuAD file is read: the paragraph of a question answers it, and what cannot be answered is left out', () => {
  const question = (id: string, text: string, is_impossible = false) => ({
    id,
    question: text,
    is_impossible,
    answers: [],
  });
  const data = [
    {
      title: 't',
      paragraphs: [
        { context: 'wings', qas: [question('a', 'which?'), question('b', 'never', true)] },
        { context: 'heat', qas: [question('c', 'what?')] },
        { context: 'wings', qas: [question('d', 'again?')] },
      ],
    },
  ];
  const { documents, queries, layout } = readCollection(folderOf({ 'dev.json': JSON.stringify({ data }) }));
  expect([layout, documents]).toEqual([
    'squad',
    [
      { id: '0', text: 'wings' },
      { id: '1', text: 'heat' },
    ],
  ]);
  expect(queries.map(({ id, judged }) => [id, [...judged.keys()]])).toEqual([
    ['a', ['0']],
    ['c', ['1']],
    ['d', ['0']],
  ]);
});

test('a folder of something else is refused, and one that is not there', () => {
  for (const folder of [folderOf({ 'a.txt': 'nothing' }), '/nowhere/at/all'])
    expect(() => readCollection(folder)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
});

test('on our own questions every mode finds what answers, mostly first', () => {
  const scores = scoresOf(ownCollection, 5);
  for (const mode of modes) {
    expect(scores[mode].recall).toBeGreaterThan(0.9);
    expect(scores[mode].mrr).toBeGreaterThan(0.8);
    expect(scores[mode].precision5).toBeLessThanOrEqual(0.2);
    expect(scores[mode].latencies).toHaveLength(ownCollection.queries.length);
  }
  expect(scores.comparisons).toHaveLength(6);
});

const collections = [
  { folder: 'cranfield', documents: 1_400, queries: 225, ndcg10: 0.384 },
  { folder: 'faquad', documents: 249, queries: 900, ndcg10: 0.915 },
].flatMap((one) => {
  const path = sharedData(one.folder);
  return path === undefined ? [] : [{ ...one, path }];
});

for (const { folder, path, documents, queries, ndcg10 } of collections)
  test(`on ${folder} BM25 reaches nDCG@10 ${ndcg10}, and hybrid at least the better of its parts`, () => {
    const collection = readCollection(path);
    expect([collection.documents.length, collection.queries.length]).toEqual([documents, queries]);
    const scores = scoresOf(collection);
    expect(scores.keyword.ndcg10).toBeGreaterThanOrEqual(ndcg10);
    expect(scores.hybrid.ndcg10).toBeGreaterThanOrEqual(Math.max(scores.keyword.ndcg10, scores.dense.ndcg10));
  });
