import {
  type Analyser,
  analyse,
  analyseQuery,
  analyserOf,
} from '../../../bounded-contexts/knowledge/index.ts';

export interface SparseVector {
  readonly indices: number[];
  readonly values: number[];
}

const k1 = 1.2;
const b = 0.75;
/**
 * The length of a chunk, in terms, that is neither long nor short. BM25 wants the average of the collection, which
 * changes with each document; a vector that is stored cannot. Chunks are cut to a size, so one figure serves.
 */
const averageLength = 200;

/** A term of one analyser has nothing to do with the same letters of another. FNV-1a, mixed as Murmur3 does. */
function indexOf(analyser: Analyser, term: string): number {
  const text = `${analyser} ${term}`;
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function counted(
  analyser: Analyser,
  terms: readonly string[],
  into = new Map<number, number>(),
): Map<number, number> {
  for (const term of terms) {
    const index = indexOf(analyser, term);
    into.set(index, (into.get(index) ?? 0) + 1);
  }
  return into;
}

const vectorOf = (weights: ReadonlyMap<number, number>, value: (count: number) => number): SparseVector => {
  const sorted = [...weights].sort(([a], [b]) => a - b);
  return { indices: sorted.map(([index]) => index), values: sorted.map(([, count]) => value(count)) };
};

/** What BM25 multiplies the inverse document frequency by; that comes from the server, at the time of the search. */
export function sparseChunk(text: string, language: string): SparseVector {
  const analyser = analyserOf(language);
  const terms = analyse(text, analyser);
  const norm = k1 * (1 - b + (b * terms.length) / averageLength);
  return vectorOf(counted(analyser, terms), (count) => (count * (k1 + 1)) / (count + norm));
}

/** The question by every analyser: which of them the documents were read with is not known here. */
export function sparseQuery(text: string, language: string | undefined): SparseVector {
  const counts = new Map<number, number>();
  for (const analyser of ['en', 'pt', 'none'] as const)
    counted(analyser, analyseQuery(text, analyser, language), counts);
  return vectorOf(counts, (count) => count);
}
