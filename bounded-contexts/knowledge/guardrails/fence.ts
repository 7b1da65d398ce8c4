import { hash } from 'node:crypto';

export interface Fenced {
  /** Each passage between two lines that no passage contains. */
  readonly blocks: readonly string[];
  /** What the lines are made of; the prompt tells the model. */
  readonly mark: string;
}

const size = 12;

/**
 * A mark that occurs in none of the texts, in any case: derived from all of them, so that the same sources give the
 * same prompt, and nobody can write a text that holds its own mark.
 */
export function markFor(texts: readonly string[]): string {
  const lower = texts.map((text) => text.toLowerCase());
  for (let round = 0; ; round++) {
    const mark = hash('sha256', JSON.stringify([round, ...texts])).slice(0, size);
    if (!lower.some((text) => text.includes(mark))) return mark;
  }
}

/**
 * Fences passages as data, numbered from 1. What is in a fence is quoted to the model word for word: its offsets must
 * hold, so nothing is escaped, and the mark is what cannot be in it.
 */
export function fence(passages: readonly string[], others: readonly string[] = []): Fenced {
  const mark = markFor([...passages, ...others]);
  return {
    mark,
    blocks: passages.map((passage, at) => `<<<${mark} ${at + 1}\n${passage}\n${mark} ${at + 1}>>>`),
  };
}
