import {
  analyserVersion,
  type ChunkQuery,
  guessLanguage,
  type IndexedRevision,
  type Interval,
  memoryIndex,
  ndcg,
  pairedBootstrap,
  precision,
  recall,
  reciprocalRank,
  type SearchMode,
} from '../../bounded-contexts/knowledge/index.ts';
import type { Collection } from './collection.ts';

export interface EvaluationOptions {
  readonly modes: readonly SearchMode[];
  /** Hits that are asked for, and k of recall. nDCG and precision look at the first 10 and 5 of them. */
  readonly k: number;
  /** BCP 47; by default that of nearly all documents, else guessed document by document. */
  readonly language?: string;
  readonly embed: (text: string) => ArrayLike<number>;
}

export interface ModeResult {
  readonly mode: SearchMode;
  readonly ndcg10: number;
  readonly recall: number;
  readonly mrr: number;
  readonly precision5: number;
  /** Milliseconds a question, its embedding included, sorted. */
  readonly latencies: readonly number[];
}

export interface Evaluation {
  readonly layout: Collection['layout'];
  readonly documents: number;
  readonly queries: number;
  readonly k: number;
  readonly analyserVersion: number;
  /** Bytes of postings, vectors and dictionary; text comes on top. */
  readonly indexBytes: number;
  /** Documents a second, embedding included. */
  readonly buildRate: number;
  readonly modes: readonly ModeResult[];
  /** nDCG@10 of `mode` less that of `than`, with its paired bootstrap interval of 95 %. */
  readonly comparisons: readonly (Interval & { readonly mode: SearchMode; readonly than: SearchMode })[];
}

const department = 'evaluation';

/** One document, one chunk: what is measured is finding, not cutting. */
export const revisionOf = (
  { id, title, text }: Collection['documents'][number],
  { language, embed }: Pick<EvaluationOptions, 'language' | 'embed'>,
): IndexedRevision => ({
  department,
  document: id,
  revision: '1',
  type: 'txt',
  tags: [],
  privacy: 'internal',
  date: '2026-01-01T00:00:00Z',
  language: language ?? guessLanguage(text),
  chunks: [
    {
      ordinal: 0,
      start: 0,
      end: text.length,
      text,
      ...(title === undefined ? {} : { context: title }),
      vector: Float32Array.from(embed(title === undefined ? text : `${title}\n${text}`)),
    },
  ],
});

export const queryOf = (
  text: string,
  mode: SearchMode,
  k: number,
  { language, embed }: Pick<EvaluationOptions, 'language' | 'embed'>,
): ChunkQuery => ({
  text,
  mode,
  k,
  ...(mode === 'keyword' ? {} : { vector: Float32Array.from(embed(text)) }),
  ...(language === undefined ? {} : { language }),
  filter: { departments: [department] },
});

/** The language of nine in ten of the documents whose language can be told: the short ones are of it, too. */
function commonLanguage(documents: Collection['documents']): string | undefined {
  const told = documents.map(({ text }) => guessLanguage(text)).filter((one) => one !== 'none');
  return (['en', 'pt'] as const).find(
    (one) => told.filter((other) => other === one).length > 0.9 * told.length,
  );
}

/** Builds the embedded index from a collection, asks it every question in every mode, and holds the answers to the judgements. */
export function evaluate(collection: Collection, asked: EvaluationOptions): Evaluation {
  const { documents, queries, layout } = collection;
  const { modes, k } = asked;
  const language = asked.language ?? commonLanguage(documents);
  const options = { embed: asked.embed, ...(language === undefined ? {} : { language }) };
  const index = memoryIndex();
  const begun = performance.now();
  for (const document of documents) index.put(revisionOf(document, options));
  const buildRate = documents.length / ((performance.now() - begun) / 1000);

  const quality = new Map<SearchMode, number[]>();
  const results = modes.map((mode): ModeResult => {
    const latencies: number[] = [];
    const rankings = queries.map(({ text, judged }) => {
      const begins = performance.now();
      const hits = index.search(queryOf(text, mode, Math.max(k, 10), options));
      latencies.push(performance.now() - begins);
      return { ranking: hits.map(({ document }) => document), judged };
    });
    const gains = rankings.map(({ ranking, judged }) => ndcg(ranking, judged, 10));
    quality.set(mode, gains);
    const mean = (of: (one: (typeof rankings)[number]) => number) =>
      rankings.reduce((sum, one) => sum + of(one), 0) / rankings.length;
    return {
      mode,
      ndcg10: gains.reduce((sum, gain) => sum + gain, 0) / gains.length,
      recall: mean(({ ranking, judged }) => recall(ranking, judged, k)),
      mrr: mean(({ ranking, judged }) => reciprocalRank(ranking, judged)),
      precision5: mean(({ ranking, judged }) => precision(ranking, judged, 5)),
      latencies: latencies.sort((a, b) => a - b),
    };
  });

  return {
    layout,
    documents: documents.length,
    queries: queries.length,
    k,
    analyserVersion,
    indexBytes: index.bytes(),
    buildRate,
    modes: results,
    comparisons: modes.flatMap((than, at) =>
      modes.slice(at + 1).map((mode) => ({
        mode,
        than,
        ...pairedBootstrap(quality.get(than) ?? [], quality.get(mode) ?? []),
      })),
    ),
  };
}
