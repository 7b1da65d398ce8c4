import { DaybookError } from '../../../schemas/errors.ts';
import { canonicalise } from './canonical.ts';
import type { Block, BlockKind, Span } from './extracted.ts';

interface Details {
  readonly level?: number;
  readonly fields?: Readonly<Record<string, string>>;
}

export interface BuiltText {
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly pages: readonly Span[];
}

/** Puts a text together from the parts of a document, and knows where each part lies in it. */
export interface TextBuilder {
  /** Appends a part of its own, made canonical and trimmed; one without text leaves no trace. */
  add(kind: BlockKind, raw: string, details?: Details): void;
  /** Until `close`, parts belong to a block of this kind, and are parted by one line end instead of two. */
  open(kind: BlockKind): void;
  close(): void;
  /** What is added from here on is on the next page. */
  page(): void;
  build(): BuiltText;
}

/** @throws `document.too-large` as soon as the text has more than `maxCharacters` UTF-16 units. */
export function textBuilder(maxCharacters: number): TextBuilder {
  const parts: string[] = [];
  const blocks: Block[] = [];
  const pageStarts: number[] = [];
  const opened: { readonly kind: BlockKind; readonly index: number; start?: number }[] = [];
  let length = 0;

  const append = (text: string): Span => {
    const goesOn = opened.at(-1)?.start !== undefined;
    const separator = length === 0 ? '' : goesOn ? '\n' : '\n\n';
    const start = length + separator.length;
    length = start + text.length;
    if (length > maxCharacters) throw tooLong(maxCharacters);
    parts.push(separator, text);
    return { start, end: length };
  };

  return {
    add(kind, raw, details = {}) {
      const text = canonicalise(raw).trim();
      if (text === '') return;
      const span = append(text);
      for (const outer of opened) outer.start ??= span.start;
      blocks.push({ kind, ...span, ...details });
    },
    open(kind) {
      // Its place in the order is here; where it lies is known when it is closed.
      opened.push({ kind, index: blocks.push({ kind, start: -1, end: -1 }) - 1 });
    },
    close() {
      const { kind, index, start } = opened.pop() ?? {};
      if (kind && index !== undefined && start !== undefined) blocks[index] = { kind, start, end: length };
    },
    page() {
      pageStarts.push(length);
    },
    build() {
      const text = parts.join('');
      const pages = pageStarts.map((from, index) => trimmed(text, from, pageStarts[index + 1] ?? length));
      return { text, blocks: blocks.filter(({ end }) => end >= 0), pages };
    },
  };
}

const tooLong = (maxCharacters: number): DaybookError =>
  new DaybookError('document.too-large', `The document has more than ${maxCharacters} characters of text.`);

/** The span without white space at its ends. */
function trimmed(text: string, from: number, to: number): Span {
  const slice = text.slice(from, to);
  const start = from + slice.length - slice.trimStart().length;
  return { start: Math.min(start, to), end: Math.max(from + slice.trimEnd().length, Math.min(start, to)) };
}
