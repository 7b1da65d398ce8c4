/**
 * Reading: what the bytes of a file are, and the text in them. Runs in a process of its own that may nothing but read
 * this one file, since files come from anybody; see `../index.ts`.
 */
import { detectLanguage, type Extracted } from '../../../bounded-contexts/knowledge/text/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { readCode } from './code.ts';
import type { Read, ReadingContext } from './context.ts';
import { readCsv } from './csv.ts';
import { readHtml } from './html/index.ts';
import { readJson, readJsonLines } from './json.ts';
import { syntaxOf } from './languages.ts';
import { readMarkdown } from './markdown.ts';
import { readPicture } from './picture.ts';
import { readPlain } from './plain.ts';
import { type Recognised, recognise, type SourceFile } from './type.ts';

export type { ReadingLimits } from './context.ts';

/** @throws any `document.*` of the catalogue, and `request.invalid` where settings do not fit the file */
export async function readDocument(file: SourceFile, context: ReadingContext): Promise<Extracted> {
  const recognised = recognise(file, context.limits.maxExpandedBytes);
  const read = await readAs(recognised, file, context);
  if (read.text.trim() === '') throw new DaybookError('document.empty');
  const language = read.type === 'code' ? 'und' : detectLanguage(read.text);
  const encoding =
    'encoding' in recognised && recognised.encoding !== 'utf-8' ? recognised.encoding : undefined;
  const notes = encoding ? [`The text was read as ${encoding}.`, ...read.notes] : read.notes;
  return { ...read, language, notes };
}

async function readAs(recognised: Recognised, file: SourceFile, context: ReadingContext): Promise<Read> {
  switch (recognised.type) {
    // The libraries of these two are large, and most files need neither.
    case 'pdf':
      return (await import('./pdf/index.ts')).readPdf(file.bytes, context);
    case 'docx':
      return (await import('./docx.ts')).readDocx(recognised.zip, context);
    case 'image':
      return readPicture(file.bytes, context);
    case 'html':
      return readHtml(recognised.text, context);
    case 'markdown':
      return readMarkdown(recognised.text, context);
    case 'text':
      return readPlain(recognised.text, context);
    case 'csv':
      return readCsv(recognised.text, context);
    case 'json':
      return readJson(recognised.text, context);
    case 'jsonl':
      return readJsonLines(recognised.text, context);
    case 'code':
      return readCode(recognised.text, syntaxOf(file.name, recognised.text) ?? 'text', context);
  }
}
