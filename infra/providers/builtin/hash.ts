import { analyseAny, type Word } from '../../../bounded-contexts/knowledge/index.ts';

/** Fewer, and features that have nothing to do with each other meet too often; more costs memory and time. */
const defaultDimensions = 1_024;

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

/** Letters that are looked at together: long enough to be part of a word's root (McNamee and Mayfield, 2004). */
const lettersTogether = 5;
/** Of letters, against words. */
const lettersWeight = 0.2;

type Counts = Map<string, number>;

/** Stems, and five letters of each word at a time with its ends marked, by how often they occur. */
function features(words: readonly Word[]): { readonly stems: Counts; readonly letters: Counts } {
  const [stems, letters]: [Counts, Counts] = [new Map(), new Map()];
  const add = (counts: Counts, feature: string, amount: number) =>
    counts.set(feature, (counts.get(feature) ?? 0) + amount);
  for (const word of words) {
    for (const stem of word.stems) add(stems, `w ${stem}`, 1 / word.stems.length);
    const marked = `^${word.letters}$`;
    for (let at = 0; at + lettersTogether <= marked.length; at++)
      add(letters, `c ${marked.slice(at, at + lettersTogether)}`, 1);
  }
  return { stems, letters };
}

/**
 * An embedding without a model: feature hashing (Weinberger et al., Feature Hashing for Large Scale Multitask
 * Learning, 2009) of stems and letters, without stop words. Each feature goes to one dimension, with a sign of its
 * own, so that features that meet there cancel out on average; its weight grows with the logarithm of its count. The
 * language is not known, so every word has the stems of all languages. Of length 1; texts that share words or stems
 * are near each other, synonyms are not. The same everywhere and for ever. docs/adr/0094 says how it was chosen.
 */
export function hashEmbedding(text: string, dimensions = defaultDimensions): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const { stems, letters } = features(analyseAny(text));
  const addAll = (counts: Counts, weight: number) => {
    for (const [feature, count] of counts) {
      const at = hash(feature) % dimensions;
      const sign = (hash(`± ${feature}`) & 1) === 0 ? 1 : -1;
      vector[at] = (vector[at] ?? 0) + sign * weight * Math.log1p(count);
    }
  };
  addAll(stems, 1);
  addAll(letters, lettersWeight);
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
