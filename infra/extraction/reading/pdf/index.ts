/**
 * PDF as text: pages in their order, each in reading order, with paragraphs, headings by their size, what was filled in
 * and remarked, and scanned pages by recognition where that is installed.
 */
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { type TextBuilder, textBuilder } from '../../../../bounded-contexts/knowledge/text/index.ts';
import { DaybookError, isDaybookError } from '../../../../schemas/errors.ts';
import { type Read, type ReadingContext, unreadable } from '../context.ts';
import { withAccents } from './accents.ts';
import { headingLevels } from './headings.ts';
import { legibleOf } from './legible.ts';
import { openPdf } from './open.ts';
import { joinLines, type Paragraph, paragraphsOf, wordsOf } from './paragraphs.ts';
import { largestPicture } from './pictures.ts';
import { remarksOf } from './remarks.ts';
import { runsByAngle } from './runs.ts';

interface Page {
  readonly paragraphs: readonly Paragraph[];
  readonly remarks: readonly string[];
  readonly state: 'text' | 'illegible' | 'recognised' | 'scanned' | 'blank' | 'unreadable';
}

export async function readPdf(bytes: Uint8Array, context: ReadingContext): Promise<Read> {
  const document = await openPdf(bytes);
  const pages: Page[] = [];
  let characters = 0;
  for (let number = 1; number <= document.numPages; number++) {
    const page = await readPage(document, number, context);
    characters += page.paragraphs.reduce((sum, { lines }) => sum + lines.join('').length, 0);
    if (characters > context.limits.maxCharacters) throw new DaybookError('document.too-large');
    pages.push(page);
  }
  refuseWithoutText(pages);
  const title = await titleOf(document);
  return { ...built(pages, context), type: 'pdf', notes: notesOn(pages), ...(title && { title }) };
}

async function readPage(document: PDFDocumentProxy, number: number, context: ReadingContext): Promise<Page> {
  try {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const texts = items.flatMap((item) => ('str' in item ? [item] : []));
    const legible = legibleOf(texts);
    const viewport = page.getViewport({ scale: 1 });
    const paragraphs = runsByAngle(legible, viewport.transform).flatMap(paragraphsOf);
    const remarks = await remarksOf(page);
    const lost = legible.length < texts.length;
    const read: Page =
      paragraphs.length > 0 || lost
        ? { paragraphs, remarks, state: lost ? 'illegible' : 'text' }
        : await withoutText(page, remarks, context);
    page.cleanup();
    return read;
  } catch (error) {
    if (isDaybookError(error)) throw error;
    return { paragraphs: [], remarks: [], state: 'unreadable' };
  }
}

async function withoutText(
  page: PDFPageProxy,
  remarks: readonly string[],
  context: ReadingContext,
): Promise<Page> {
  const picture = await largestPicture(page);
  if (!picture) return { paragraphs: [], remarks, state: 'blank' };
  try {
    const text = await context.readPicture(picture);
    const paragraphs = text
      .split(/\n\s*\n/)
      .map((part): Paragraph => ({ lines: part.trim().split('\n'), size: 0 }));
    return { paragraphs, remarks, state: 'recognised' };
  } catch (error) {
    if (isDaybookError(error, 'document.needs-ocr')) return { paragraphs: [], remarks, state: 'scanned' };
    throw error;
  }
}

function refuseWithoutText(pages: readonly Page[]): void {
  if (pages.some(({ paragraphs, remarks }) => paragraphs.length > 0 || remarks.length > 0)) return;
  if (pages.some(({ state }) => state === 'scanned')) throw new DaybookError('document.needs-ocr');
  if (pages.some(({ state }) => state === 'illegible')) {
    throw unreadable('The fonts of the PDF do not say which letters they show');
  }
  if (pages.some(({ state }) => state === 'unreadable')) throw unreadable('No page of the PDF can be read');
}

function built(pages: readonly Page[], { limits }: ReadingContext): Pick<Read, 'text' | 'blocks' | 'pages'> {
  const builder = textBuilder(limits.maxCharacters);
  const all = pages.flatMap(({ paragraphs }) => paragraphs);
  const words = wordsOf(all.flatMap(({ lines }) => lines));
  const levels = headingLevels(all);
  for (const page of pages) {
    builder.page();
    for (const paragraph of page.paragraphs) add(builder, paragraph, words, levels);
    for (const remark of page.remarks) builder.add('footnote', remark);
  }
  return builder.build();
}

function add(
  builder: TextBuilder,
  paragraph: Paragraph,
  words: ReadonlySet<string>,
  levels: (paragraph: Paragraph) => number | undefined,
): void {
  const level = levels(paragraph);
  const text = withAccents(joinLines(paragraph.lines, words));
  if (level === undefined) builder.add('paragraph', text);
  else builder.add('heading', text, { level });
}

async function titleOf(document: PDFDocumentProxy): Promise<string | undefined> {
  try {
    const { info } = await document.getMetadata();
    const title: unknown = 'Title' in info ? info.Title : undefined;
    return typeof title === 'string' && title.trim() !== '' ? title.trim().slice(0, 500) : undefined;
  } catch {
    return undefined;
  }
}

function notesOn(pages: readonly Page[]): string[] {
  const numbers = (state: Page['state']): string =>
    pages.flatMap((page, index) => (page.state === state ? [index + 1] : [])).join(', ');
  const notes: string[] = [];
  const scanned = numbers('scanned');
  if (scanned) notes.push(`Pages without text, since text recognition is not installed: ${scanned}.`);
  const illegible = numbers('illegible');
  if (illegible) {
    notes.push(
      `Pages with letters whose fonts do not say which they are, which were left out: ${illegible}.`,
    );
  }
  const recognised = numbers('recognised');
  if (recognised)
    notes.push(`Pages whose text was read from a picture, and may have mistakes: ${recognised}.`);
  const damaged = numbers('unreadable');
  if (damaged) notes.push(`Pages that are damaged and were left out: ${damaged}.`);
  return notes;
}
