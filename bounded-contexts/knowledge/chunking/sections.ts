import type { Block, Span } from '../text/index.ts';
import type { Bounds, Slice } from './chunk.ts';
import { recursiveSlices } from './recursive.ts';
import { trimmed } from './units.ts';

/** From one heading to the next of whatever level. */
export interface Section extends Span {
  /** `Methods > Setup`; none before the first heading. */
  readonly heading?: string;
  /** True where it is a heading and nothing else. */
  readonly bare: boolean;
}

/** The whole text as sections, by its heading blocks. */
export function sectionsOf(text: string, blocks: readonly Block[]): Section[] {
  const headings = blocks.filter(({ kind }) => kind === 'heading');
  const sections: Section[] = [];
  const path: { level: number; title: string }[] = [];
  const end = headings[0]?.start ?? text.length;
  for (const span of trimmed(text, 0, end)) sections.push({ ...span, bare: false });
  headings.forEach((heading, index) => {
    const level = heading.level ?? 1;
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
    path.push({ level, title: titleOf(text, heading) });
    const next = headings[index + 1]?.start ?? text.length;
    for (const span of trimmed(text, heading.start, next)) {
      sections.push({ ...span, heading: pathOf(path), bare: span.end <= heading.end });
    }
  });
  return sections;
}

const longestTitle = 120;

const pathOf = (path: readonly { title: string }[]): string =>
  path
    .map(({ title }) => title)
    .filter((title) => title !== '')
    .join(' > ');

/** A heading's words, without what marks it as one in Markdown. */
export function titleOf(text: string, { start, end }: Span): string {
  const line = text.slice(start, Math.min(end, start + 1_000)).replace(/\n(=+|-+)[^\S\n]*$/, '');
  const title = line
    .replace(/^#{1,6}\s+/, '')
    .replace(/\s#+$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return title.length > longestTitle ? `${title.slice(0, longestTitle).toWellFormed()}…` : title;
}

/**
 * A chunk for each section, a heading without text going with the section after it; a section longer than `size` is cut
 * as running text is, and its chunks have it as their parent.
 */
export function sectionSlices(text: string, blocks: readonly Block[], bounds: Bounds): Slice[] {
  const slices: Slice[] = [];
  let from: number | undefined;
  const sections = sectionsOf(text, blocks);
  sections.forEach((section, index) => {
    if (section.bare && index < sections.length - 1) {
      from ??= section.start;
      return;
    }
    const span = { start: from ?? section.start, end: section.end };
    from = undefined;
    const heading = section.heading === undefined ? {} : { heading: section.heading };
    const parts = recursiveSlices(text, bounds, span);
    for (const part of parts) slices.push({ ...part, ...heading, ...(parts.length > 1 && { parent: span }) });
  });
  return slices;
}
