const defaultDimensions = 256;

export const hashDimensions = (asked: number | undefined): number => asked ?? defaultDimensions;

/** FNV-1a with a last mix of its bits (Murmur3's finaliser), so that its low bits can be used alone. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

export const wordsOf = (text: string): readonly string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** Words, pairs of words, and the trigrams of each word with its ends marked, by how often they occur. */
function features(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number) => counts.set(feature, (counts.get(feature) ?? 0) + weight);
  const words = wordsOf(text);
  words.forEach((word, index) => {
    add(`w ${word}`, 1);
    const next = words[index + 1];
    if (next !== undefined) add(`p ${word} ${next}`, 0.5);
    const marked = `^${word}$`;
    for (let at = 0; at + 3 <= marked.length; at++) add(`c ${marked.slice(at, at + 3)}`, 0.5);
  });
  return counts;
}

/**
 * An embedding without a model: feature hashing (Weinberger et al., Feature Hashing for Large Scale Multitask
 * Learning, 2009) of words and letters. Each feature goes to one dimension, with a sign of its own, so that
 * features that meet there cancel out on average; its weight grows with the logarithm of its count. Of length 1;
 * texts that share words or stems are near each other, synonyms are not. The same everywhere and for ever.
 */
export function hashEmbedding(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const [feature, count] of features(text)) {
    const at = hash(feature) % dimensions;
    const sign = (hash(`± ${feature}`) & 1) === 0 ? 1 : -1;
    vector[at] = (vector[at] ?? 0) + sign * Math.log1p(count);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
