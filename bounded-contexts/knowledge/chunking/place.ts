import type { Extracted, Span } from '../text/index.ts';
import type { Chunk, Slice } from './chunk.ts';
import { sectionsOf } from './sections.ts';

/** Slices as chunks: numbered, with their text, their page, and the headings that they stand under. */
export function placed(extracted: Extracted, slices: readonly Slice[]): Chunk[] {
  const { text, pages, blocks } = extracted;
  const sections = sectionsOf(text, blocks);
  return slices.map((slice, ordinal) => {
    const { start, end, fields } = slice;
    const page = lastAtOrBefore(pages, start);
    const section = sections[lastAtOrBefore(sections, start)];
    const heading = slice.heading ?? section?.heading;
    const parent =
      slice.parent ??
      across(pages[page], pages[lastAtOrBefore(pages, end - 1)]) ??
      (section?.heading ? section : undefined);
    const isMore =
      parent && parent.start <= start && parent.end >= end && parent.end - parent.start > end - start;
    return {
      ordinal,
      start,
      end,
      text: text.slice(start, end),
      ...(page >= 0 && { page: page + 1 }),
      ...(heading !== undefined && { heading }),
      ...(isMore && { parent: { start: parent.start, end: parent.end } }),
      ...(fields && { fields }),
    };
  });
}

const across = (first: Span | undefined, last: Span | undefined): Span | undefined =>
  first && last && { start: first.start, end: last.end };

/** The index of the last of `spans` that starts at or before `at`; -1 where there is none. */
function lastAtOrBefore(spans: readonly { readonly start: number }[], at: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
