import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryIndex, ndcg, type SearchMode } from '../../bounded-contexts/knowledge/index.ts';
import {
  type Collection,
  evaluate,
  ownCollection,
  queryOf,
  readCollection,
  revisionOf,
} from '../evaluation/index.ts';
import { hashEmbedding } from '../providers/index.ts';
import { sharedData } from '../testing/shared-data.ts';
import { type BenchResult, type BenchRow, percentiles } from './result.ts';
import { type SearchPeer, searchPeers } from './search-peers.ts';

const modes = ['keyword', 'dense', 'hybrid', 'rrf'] as const;
const chunkCount = 10_000;
/** Hits a question. */
const k = 10;
/** How often every question is asked of everybody, by turns. */
const rounds = 3;

interface Labelled {
  readonly name: string;
  readonly collection: Collection;
  readonly language: string;
}

/** Those that are there, else our own, which is too small to tell anybody's quality by. */
function labelled(): readonly Labelled[] {
  const found = [
    { name: 'Cranfield', folder: 'cranfield', language: 'en' },
    { name: 'FaQuAD', folder: 'faquad', language: 'pt' },
  ].flatMap(({ folder, ...rest }) => {
    const path = sharedData(folder);
    return path === undefined ? [] : [{ ...rest, collection: readCollection(path) }];
  });
  return found.length > 0
    ? found
    : [{ name: 'our own few questions', collection: ownCollection, language: 'en' }];
}

const percent = (value: number) => Math.round(value * 10_000) / 100;

/** Quality: everybody on each collection. */
async function quality({ name, collection, language }: Labelled) {
  const evaluation = evaluate(collection, { modes, k: 100, language, embed: hashEmbedding });
  const rows: BenchRow[] = evaluation.modes.map(({ mode, ndcg10, recall, mrr, precision5, latencies }) => ({
    label: `Daybook, ${mode}, ${name}`,
    unit: 'nDCG@10 × 100',
    value: percent(ndcg10),
    ...percentiles(latencies),
    note: `recall@100 ${recall.toFixed(3)}, MRR ${mrr.toFixed(3)}, precision@5 ${precision5.toFixed(3)}`,
  }));
  const peers: { label: string; ndcg10: number }[] = [];
  for (const make of searchPeers) {
    const peer = await make(collection.documents, language);
    const latencies: number[] = [];
    let sum = 0;
    for (const { text, judged } of collection.queries) {
      const begun = performance.now();
      const ranking = await peer.search(text, 100);
      latencies.push(performance.now() - begun);
      sum += ndcg(ranking, judged, 10);
    }
    const ndcg10 = sum / collection.queries.length;
    peers.push({ label: peer.label, ndcg10 });
    rows.push({
      label: `${peer.label}, ${name}`,
      unit: 'nDCG@10 × 100',
      value: percent(ndcg10),
      ...percentiles(latencies),
      note: peer.note,
    });
  }
  const of = (mode: SearchMode) => evaluation.modes.find((one) => one.mode === mode)?.ndcg10 ?? 0;
  const interval = evaluation.comparisons.find(({ mode, than }) => mode === 'hybrid' && than === 'keyword');
  return { rows, peers, keyword: of('keyword'), dense: of('dense'), hybrid: of('hybrid'), interval, name };
}

/** Sentences of the documents, dealt again into chunks of eight: real words and lengths, as many as are wanted. */
function dealt({ documents }: Collection): Collection['documents'] {
  const sentences = documents
    .flatMap(({ text }) => text.split(/(?<=[.?!])\s+/))
    .filter((one) => one.length > 20);
  let state = 7;
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return sentences[state % sentences.length] ?? '';
  };
  return Array.from({ length: chunkCount }, (_, at) => ({
    id: String(at),
    text: Array.from({ length: 8 }, draw).join(' '),
  }));
}

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');
const memory = () => {
  for (let turn = 0; turn < 3; turn++) if (typeof collectGarbage === 'function') collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Speed: everybody with the same 10,000 chunks and the same questions, by turns. */
async function speed({ collection, language, name }: Labelled) {
  const options = { language, embed: hashEmbedding };
  const empty = memory();
  const index = memoryIndex();
  const begun = performance.now();
  for (const document of dealt(collection)) index.put(revisionOf(document, options));
  const seconds = (performance.now() - begun) / 1000;
  const megabytes = (memory() - empty) / 1e6;

  const peers: SearchPeer[] = [];
  const buildSeconds: number[] = [];
  for (const make of searchPeers) {
    const started = performance.now();
    peers.push(await make(dealt(collection), language));
    buildSeconds.push((performance.now() - started) / 1000);
  }
  const contenders = [
    ...modes.map((mode) => ({
      label: `Daybook, ${mode}`,
      note: mode === 'keyword' ? '' : 'the question is embedded within that time',
      ask: async (text: string) => index.search(queryOf(text, mode, k, options)).length,
    })),
    ...peers.map(({ label, note, search }) => ({
      label,
      note,
      ask: async (text: string) => (await search(text, k)).length,
    })),
  ];
  const samples = contenders.map((): number[] => []);
  const questions = collection.queries.slice(0, 225);
  for (let round = -1; round < rounds; round++)
    for (const [at, { ask }] of contenders.entries())
      for (const { text } of round < 0 ? questions.slice(0, 50) : questions) {
        const asked = performance.now();
        await ask(text);
        // The first round warms up.
        if (round >= 0) samples[at]?.push(performance.now() - asked);
      }
  const times = samples.map(percentiles);
  const rows: BenchRow[] = contenders.map(({ label, note }, at) => ({
    label: `${label}, 10,000 chunks`,
    unit: 'searches/s',
    value: Math.round(
      (1000 * (samples[at]?.length ?? 0)) / (samples[at]?.reduce((sum, one) => sum + one, 0) ?? 1),
    ),
    ...times[at],
    note,
  }));
  const words = `8 sentences of ${name} each`;
  rows.push(
    {
      label: 'Daybook, 10,000 chunks put one by one',
      unit: 'chunks/s',
      value: Math.round(chunkCount / seconds),
      note: `embedded, analysed, indexed; ${words}`,
    },
    ...peers.map(({ label }, at) => ({
      label: `${label}, 10,000 chunks added at once`,
      unit: 'chunks/s',
      value: Math.round(chunkCount / (buildSeconds[at] ?? 1)),
      note: 'no vectors',
    })),
    {
      label: 'Daybook, index of 10,000 chunks',
      unit: 'MB',
      value: Math.round(megabytes * 10) / 10,
      note: `heap and buffers after collection, text and vectors of 1,024 included; ${(index.bytes() / 1e6).toFixed(1)} MB are arrays`,
    },
  );
  const [keyword, , hybrid] = times;
  return {
    rows,
    megabytes,
    keyword,
    hybrid,
    peers: peers.map(({ label }, at) => ({ label, ...times[at + modes.length] })),
  };
}

/** Retrieval beside MiniSearch and Orama: quality on labelled collections, and speed on 10,000 chunks. */
export async function benchRetrieval(): Promise<BenchResult> {
  const collections = labelled();
  const [first] = collections;
  if (!first) throw new Error('no collection');
  const qualities: Awaited<ReturnType<typeof quality>>[] = [];
  for (const one of collections) qualities.push(await quality(one));
  const speeds = await speed(first);
  const p95 = (times: { p95?: number } | undefined) => times?.p95 ?? Number.NaN;
  const ratios = speeds.peers.map(({ label, p95: theirs = Number.NaN }) => ({
    label,
    ratio: theirs / p95(speeds.keyword),
  }));
  const all = (of: (one: (typeof qualities)[number]) => boolean) => qualities.every(of);
  const least: Readonly<Record<string, number>> = { Cranfield: 0.384, FaQuAD: 0.915 };
  return {
    name: 'retrieval',
    rows: [...qualities.flatMap(({ rows }) => rows), ...speeds.rows],
    bars: [
      {
        text: '10,000 chunks: keyword p95 under 2 ms, hybrid p95 under 20 ms, index under 100 MB',
        met: p95(speeds.keyword) < 2 && p95(speeds.hybrid) < 20 && speeds.megabytes < 100,
        measured: `${p95(speeds.keyword)} ms, ${p95(speeds.hybrid)} ms, ${speeds.megabytes.toFixed(1)} MB`,
      },
      {
        text: 'keyword search at least 5 × as fast as MiniSearch and as Orama at p95',
        met: ratios.every(({ ratio }) => ratio >= 5),
        measured: ratios.map(({ label, ratio }) => `${ratio.toFixed(1)} × ${label}`).join(', '),
      },
      {
        text: 'at better nDCG@10 than both',
        met: all(({ keyword, peers }) => peers.every((peer) => keyword > peer.ndcg10)),
        measured: qualities
          .map(
            ({ name, keyword, peers }) =>
              `${name} ${keyword.toFixed(4)}, they ${peers.map(({ ndcg10 }) => ndcg10.toFixed(4)).join(' and ')}`,
          )
          .join('; '),
      },
      {
        text: 'BM25 nDCG@10: Cranfield at least 0.384, FaQuAD at least 0.915',
        met: all(({ name, keyword }) => keyword >= (least[name] ?? 0)),
        measured: qualities.map(({ name, keyword }) => `${name} ${keyword.toFixed(4)}`).join(', '),
      },
      {
        text: 'hybrid with the built-in embeddings at least the better of its parts on each',
        met: all(({ keyword, dense, hybrid }) => hybrid >= Math.max(keyword, dense)),
        measured: qualities
          .map(
            ({ name, keyword, dense, hybrid, interval }) =>
              `${name} ${hybrid.toFixed(4)} of ${keyword.toFixed(4)} and ${dense.toFixed(4)} (less keyword, in 95 of 100 draws: ${interval?.low.toFixed(4)} to ${interval?.high.toFixed(4)})`,
          )
          .join('; '),
      },
    ],
  };
}
