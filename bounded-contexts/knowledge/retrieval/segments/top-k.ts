/** The best `k` of a stream of scored items: a binary heap with the worst on top. */
export interface TopK {
  /** What a score must exceed to be kept. */
  readonly least: number;
  add(score: number, segment: number, chunk: number): void;
  /** Best first; equals in the order in which they came. */
  drain(): Candidate[];
}

export interface Candidate {
  readonly score: number;
  readonly segment: number;
  readonly chunk: number;
}

export function topK(k: number): TopK {
  const scores = new Float64Array(k);
  const segments = new Int32Array(k);
  const chunks = new Int32Array(k);
  const order = new Int32Array(k);
  let size = 0;
  let added = 0;
  let least = k > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;

  /** Of two equals the later one is worse. */
  const worse = (a: number, b: number): boolean => {
    const difference = (scores[a] as number) - (scores[b] as number);
    return difference < 0 || (difference === 0 && (order[a] as number) > (order[b] as number));
  };
  const swap = (a: number, b: number) => {
    for (const column of [scores, segments, chunks, order]) {
      const kept = column[a] as number;
      column[a] = column[b] as number;
      column[b] = kept;
    }
  };
  const rise = (from: number) => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!worse(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const sink = () => {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= size) return;
      const right = left + 1;
      const child = right < size && worse(right, left) ? right : left;
      if (!worse(child, at)) return;
      swap(at, child);
      at = child;
    }
  };

  return {
    get least() {
      return least;
    },
    add(score, segment, chunk) {
      if (score <= least) return;
      const at = size < k ? size++ : 0;
      scores[at] = score;
      segments[at] = segment;
      chunks[at] = chunk;
      order[at] = added++;
      if (at === 0 && size === k) sink();
      else rise(at);
      if (size === k) least = scores[0] as number;
    },
    drain() {
      const sorted = [...Array(size).keys()].sort((a, b) => (worse(a, b) ? 1 : -1));
      return sorted.map((at) => ({
        score: scores[at] as number,
        segment: segments[at] as number,
        chunk: chunks[at] as number,
      }));
    },
  };
}
