import type { Paragraph } from './paragraphs.ts';

/** How much larger than the text a heading is, how long at most. */
const leastFactor = 1.12;
const longest = 200;
const deepest = 6;
/** A line of a table of contents. */
const entry = /(?:\. ?){4,}\s*\d*$/;

/**
 * Which paragraphs are headings, and of what level: those in larger letters than most of the text, by their size. A
 * guess, since PDF does not say.
 */
export function headingLevels(
  paragraphs: readonly Paragraph[],
): (paragraph: Paragraph) => number | undefined {
  const characters = new Map<number, number>();
  for (const { lines, size } of paragraphs) {
    characters.set(size, (characters.get(size) ?? 0) + lines.join('').length);
  }
  const body = [...characters].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
  const isHeading = ({ lines, size }: Paragraph): boolean => {
    const text = lines.join(' ');
    const isTitle = text.length <= longest && lines.length <= 4 && /\p{L}{2}/u.test(text);
    return isTitle && size >= body * leastFactor && !entry.test(text);
  };
  const sizes = [...new Set(paragraphs.filter(isHeading).map(({ size }) => size))].sort((a, b) => b - a);
  return (paragraph) =>
    body > 0 && isHeading(paragraph) ? Math.min(deepest, sizes.indexOf(paragraph.size) + 1) : undefined;
}
