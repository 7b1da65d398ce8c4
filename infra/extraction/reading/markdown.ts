import { type Block, canonicalise, type Span } from '../../../bounded-contexts/knowledge/text/index.ts';
import { type Read, type ReadingContext, tooLarge } from './context.ts';

/**
 * Markdown, kept as it is written, with its blocks found by their lines: headings of both kinds, fenced code, tables,
 * lists, footnotes, paragraphs (CommonMark, and GitHub's tables).
 */
export function readMarkdown(raw: string, { limits }: ReadingContext): Read {
  const text = canonicalise(raw).trim();
  if (text.length > limits.maxCharacters) throw tooLarge(`The text has ${text.length} characters`);
  const blocks = blocksOf(text);
  const first = blocks.find(({ kind }) => kind === 'heading');
  const title = titleIn(text) ?? (first && plain(text.slice(first.start, first.end)));
  return { type: 'markdown', text, blocks, pages: [], notes: [], ...(title && { title }) };
}

const frontMatter = /^---\n([\s\S]*?)\n---(?:\n|$)/;

const titleIn = (text: string): string | undefined =>
  /^title:\s*["']?(.+?)["']?\s*$/m.exec(frontMatter.exec(text)?.[1] ?? '')?.[1];

const plain = (heading: string): string =>
  heading
    .replace(/\n.*$/s, '')
    .replace(/^\s*#+\s*|\s+#+\s*$/g, '')
    .trim();

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6})(?:\s|$)/;
const underline = /^ {0,3}(=+|-+)\s*$/;
const item = /^ {0,3}(?:[-*+]|\d{1,9}[.)])\s/;
const tableLine = /^\s*\|/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const note = /^\[\^[^\]]+\]:/;

type Kind = Exclude<Block['kind'], 'row'>;

/** A run of lines that belong together, while it is read. */
interface Open extends Span {
  readonly kind: Kind;
  readonly fence?: string;
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Open | undefined;
  let blank = false;
  const close = (): void => {
    if (open) blocks.push({ kind: open.kind, start: open.start, end: open.end });
    open = undefined;
  };
  const begin = (kind: Kind, line: Span, mark?: string): void => {
    close();
    open = { kind, ...line, ...(mark && { fence: mark }) };
  };
  for (const line of linesOf(text, frontMatter.exec(text)?.[0].length ?? 0)) {
    const content = text.slice(line.start, line.end);
    const mark = fence.exec(content)?.[1];
    const inside = open?.fence;
    if (open && inside) {
      open = { ...open, end: line.end };
      if (mark?.startsWith(inside) && content.trim() === mark) close();
    } else if (content.trim() === '') {
      // A list goes on after a blank line where what follows is an item or is indented.
      if (open?.kind !== 'list') close();
      blank = true;
      continue;
    } else if (mark) {
      begin('code', line, mark);
    } else if (heading.test(content)) {
      close();
      blocks.push({ kind: 'heading', ...line, level: heading.exec(content)?.[1]?.length ?? 1 });
    } else if (open?.kind === 'paragraph' && !blank && underline.test(content)) {
      const level = content.includes('=') ? 1 : 2;
      blocks.push({ kind: 'heading', start: open.start, end: line.end, level });
      open = undefined;
    } else if (note.test(content)) {
      begin('footnote', line);
    } else if (item.test(content)) {
      if (open?.kind === 'list') open = { ...open, end: line.end };
      else begin('list', line);
    } else if (open && goesOn(open, content, blank)) {
      const isTable = open.kind === 'paragraph' && tableRule.test(content) && content.includes('|');
      open = { ...open, end: line.end, ...(isTable && { kind: 'table' as const }) };
    } else {
      begin(tableLine.test(content) ? 'table' : 'paragraph', line);
    }
    blank = false;
  }
  close();
  return blocks;
}

const goesOn = (open: Open, content: string, blank: boolean): boolean =>
  open.kind === 'list'
    ? !blank || /^\s{2,}/.test(content)
    : !blank && (open.kind === 'table') === content.includes('|');

function* linesOf(text: string, from: number): Generator<Span> {
  for (let start = from; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield { start, end };
    start = end + 1;
  }
}
