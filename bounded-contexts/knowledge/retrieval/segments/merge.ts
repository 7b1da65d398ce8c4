import type { ChunkText, Segment, SegmentDocument } from './segment.ts';

/** One segment of what lives in several, in their order; rows are merged as sorted lists. */
export function merge(parts: readonly Segment[]): Segment {
  const dimension = parts.find((part) => part.dimension > 0)?.dimension ?? 0;
  const count = parts.reduce((sum, part) => sum + part.liveChunks, 0);
  const lengths = new Int32Array(count);
  const documentOf = new Int32Array(count);
  const vectors = new Float32Array(count * dimension);
  const chunks: ChunkText[] = [];
  const documents: SegmentDocument[] = [];
  const renumbered = parts.map((part) => new Int32Array(part.chunks.length).fill(-1));

  for (const [index, part] of parts.entries()) {
    const numbers = renumbered[index] as Int32Array;
    for (const [old, document] of part.documents.entries()) {
      if (part.live[old] === 0) continue;
      const { first, count: own } = document;
      const begins = chunks.length;
      for (let chunk = first; chunk < first + own; chunk++) {
        numbers[chunk] = chunks.length;
        chunks.push(part.chunks[chunk] as ChunkText);
      }
      lengths.set(part.lengths.subarray(first, first + own), begins);
      documentOf.fill(documents.length, begins, begins + own);
      if (part.dimension > 0)
        vectors.set(part.vectors.subarray(first * dimension, (first + own) * dimension), begins * dimension);
      documents.push({ ...document, first: begins });
    }
  }

  return {
    ...mergeRows(parts, renumbered),
    lengths,
    chunks,
    documentOf,
    documents,
    vectors,
    dimension,
    privacies: new Set(documents.map(({ facts }) => facts.privacy)),
    live: new Uint8Array(documents.length).fill(1),
    liveDocuments: documents.length,
    liveChunks: count,
    liveLength: parts.reduce((sum, part) => sum + part.liveLength, 0),
  };
}

function mergeRows(
  parts: readonly Segment[],
  renumbered: readonly Int32Array[],
): Pick<Segment, 'terms' | 'offsets' | 'postings' | 'frequencies'> {
  const mostTerms = parts.reduce((sum, { terms }) => sum + terms.length, 0);
  const most = parts.reduce((sum, { postings }) => sum + postings.length, 0);
  const terms = new Int32Array(mostTerms);
  const offsets = new Int32Array(mostTerms + 1);
  const postings = new Int32Array(most);
  const frequencies = new Uint16Array(most);
  const rows = new Int32Array(parts.length);
  let written = 0;
  let kept = 0;
  for (;;) {
    let term = Number.POSITIVE_INFINITY;
    for (let index = 0; index < parts.length; index++)
      term = Math.min(term, parts[index]?.terms[rows[index] as number] ?? Number.POSITIVE_INFINITY);
    if (term === Number.POSITIVE_INFINITY) break;
    const begins = written;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index] as Segment;
      const row = rows[index] as number;
      if (part.terms[row] !== term) continue;
      rows[index] = row + 1;
      const numbers = renumbered[index] as Int32Array;
      const stop = part.offsets[row + 1] as number;
      for (let at = part.offsets[row] as number; at < stop; at++) {
        const chunk = numbers[part.postings[at] as number] as number;
        if (chunk < 0) continue;
        postings[written] = chunk;
        frequencies[written++] = part.frequencies[at] as number;
      }
    }
    if (written === begins) continue;
    terms[kept] = term;
    offsets[kept++] = begins;
  }
  offsets[kept] = written;
  return {
    terms: terms.slice(0, kept),
    offsets: offsets.slice(0, kept + 1),
    postings: postings.slice(0, written),
    frequencies: frequencies.slice(0, written),
  };
}
