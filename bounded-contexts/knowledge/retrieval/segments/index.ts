/**
 * The index in memory of one tenant and one model: immutable segments of postings and vectors on typed arrays, merged
 * by size as they come, with a mark for what has ended. Departments and analysers lie apart, so a search reads only
 * what it may. Everything is synchronous: a revision is replaced between two searches, never within one.
 */
import { type Analyser, analyseQuery, analyserOf } from '../analyser/index.ts';
import { checkFilter, checkQuery } from '../checks.ts';
import { fuse, type Scored } from '../fusion.ts';
import type { ChunkQuery, Counts, Filter, Hit, IndexedRevision } from '../ports.ts';
import { type KeywordQuery, keywordQuery, keywordScore, scoreKeywords } from './bm25.ts';
import { type Dictionary, segmentOf, unit } from './build.ts';
import { denseQuery, scoreVectors, vectorScore } from './dense.ts';
import { type Searched, seen } from './masks.ts';
import { bytesOf, end, type Segment } from './segment.ts';
import { tidied, withSegment } from './tiers.ts';
import { type Candidate, topK } from './top-k.ts';

export interface MemoryIndex {
  /** Throws `retrieval.vector-mismatch`; then nothing has changed. */
  put(revision: IndexedRevision): void;
  remove(document: string): void;
  search(query: ChunkQuery): readonly Hit[];
  count(filter: Filter): Counts;
  /** Of postings, vectors and dictionary, roughly; the text comes on top. */
  bytes(): number;
}

interface Partition {
  readonly department: string;
  readonly analyser: Analyser;
  segments: readonly Segment[];
}

export function memoryIndex(): MemoryIndex {
  const dictionary: Dictionary = new Map();
  const partitions = new Map<string, Partition>();
  /** In which partition a document is. */
  const places = new Map<string, string>();
  let dimension = 0;

  const partitionOf = ({ department, language }: IndexedRevision): readonly [string, Partition] => {
    const analyser = analyserOf(language);
    const key = JSON.stringify([department, analyser]);
    const partition = partitions.get(key) ?? { department, analyser, segments: [] };
    partitions.set(key, partition);
    return [key, partition];
  };

  const endDocument = (document: string) => {
    const partition = partitions.get(places.get(document) ?? '');
    places.delete(document);
    for (const segment of partition?.segments ?? [])
      for (const [at, { facts }] of segment.documents.entries())
        if (facts.document === document) end(segment, at);
  };

  const searchedFor = (filter: Filter): Map<Analyser, Searched[]> => {
    const departments = new Set(filter.departments);
    const found = new Map<Analyser, Searched[]>();
    let index = 0;
    for (const { department, analyser, segments } of partitions.values()) {
      if (!departments.has(department)) continue;
      const views = segments.map((segment) => seen(segment, index++, filter));
      found.set(analyser, [...(found.get(analyser) ?? []), ...views]);
    }
    return found;
  };

  return {
    put(revision) {
      const own = revision.chunks.find(({ vector }) => vector)?.vector?.length ?? 0;
      if (dimension === 0) dimension = own;
      const [key, partition] = partitionOf(revision);
      const added = segmentOf(revision, partition.analyser, dictionary, own === 0 ? 0 : dimension);
      endDocument(revision.document);
      partition.segments = withSegment(partition.segments, added);
      places.set(revision.document, key);
    },
    remove(document) {
      const partition = partitions.get(places.get(document) ?? '');
      endDocument(document);
      if (partition) partition.segments = tidied(partition.segments);
    },
    search(query) {
      checkQuery(query);
      return search(searchedFor(query.filter), query, dictionary, dimension);
    },
    count(filter) {
      checkFilter(filter);
      const views = [...searchedFor(filter).values()].flat();
      return {
        documents: views.reduce((sum, one) => sum + one.documentsFound, 0),
        chunks: views.reduce((sum, one) => sum + one.chunksFound, 0),
      };
    },
    bytes() {
      const words = dictionary.size * 64;
      return [...partitions.values()]
        .flatMap(({ segments }) => segments)
        .reduce((sum, segment) => sum + bytesOf(segment), words);
    },
  };
}

function search(
  byAnalyser: ReadonlyMap<Analyser, readonly Searched[]>,
  query: ChunkQuery,
  dictionary: Dictionary,
  dimension: number,
): readonly Hit[] {
  const { mode, k, overFetch = 2 } = query;
  const candidates = mode === 'keyword' || mode === 'dense' ? k : Math.max(k, Math.ceil(k * overFetch));
  const views: Searched[] = [];
  const keywordQueries: KeywordQuery[] = [];
  for (const [analyser, searched] of byAnalyser) {
    const terms = mode === 'dense' ? [] : analyseQuery(query.text, analyser, query.language);
    const ids = terms.flatMap((term) => dictionary.get(term) ?? []);
    const asked = keywordQuery(ids, searched);
    for (const one of searched) {
      views[one.index] = one;
      keywordQueries[one.index] = asked;
    }
  }
  const vector =
    mode !== 'keyword' && query.vector && dimension > 0
      ? denseQuery(unit(query.vector, dimension))
      : undefined;

  const keyword = topK(candidates);
  const dense = topK(candidates);
  for (const view of views) {
    if (mode !== 'dense') scoreKeywords(keywordQueries[view.index] as KeywordQuery, view, keyword);
    if (vector) scoreVectors(vector, view, dense);
  }
  const keyOf = ({ segment, chunk }: Candidate) => `${segment}/${chunk}`;
  const scored = (list: Candidate[]): Scored<Candidate>[] =>
    list.map((item) => ({ key: keyOf(item), item, score: item.score }));
  const fused = fuse({
    mode,
    keyword: scored(keyword.drain()),
    dense: scored(dense.drain()),
    ...(query.weights ? { weights: query.weights } : {}),
    missing: {
      keyword: ({ segment, chunk }) =>
        keywordScore(keywordQueries[segment] as KeywordQuery, views[segment] as Searched, chunk),
      dense: ({ segment, chunk }) => (vector ? vectorScore(vector, views[segment] as Searched, chunk) : 0),
    },
  });
  return fused
    .slice(0, k)
    .map(({ item, score, parts }) => hitOf(views[item.segment] as Searched, item.chunk, score, parts));
}

function hitOf({ segment }: Searched, chunk: number, score: number, parts: Hit['parts']): Hit {
  const document = segment.documents[segment.documentOf[chunk] as number];
  const text = segment.chunks[chunk];
  if (!document || !text) throw new Error('a chunk without a document');
  return { ...document.facts, chunk: text, score, parts };
}
