/**
 * Extraction: what text is in a file that somebody uploaded. Files come from anybody, so each is read in a process of
 * its own with limits on time, memory and output, which a hostile file can neither leave nor outlast (docs/adr/0090).
 */
import { open } from 'node:fs/promises';
import type { Extracted } from '../../bounded-contexts/knowledge/text/index.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { ExtractionSettings } from '../../schemas/http/extraction.ts';
import { readInProcess } from './process.ts';
import type { ToReader } from './protocol.ts';
import { recognise } from './tesseract.ts';
import { turns } from './turns.ts';

export { documentReader } from './document-reader.ts';

export interface ExtractorOptions {
  /** For one file, text recognition included. Default 120,000 ms. */
  readonly timeoutMs?: number;
  /** For one file. Default 1,024 MB. */
  readonly memoryMegabytes?: number;
  /** UTF-16 units of text. Default 50,000,000. */
  readonly maxCharacters?: number;
  /** Of the file as it is. Default 1 GiB. */
  readonly maxFileBytes?: number;
  /** What is packed in the file, unpacked. Default 256 MiB. */
  readonly maxExpandedBytes?: number;
  /** Files that are read at once, others wait. Default 2. */
  readonly concurrency?: number;
  /** Default `tesseract`, as found on PATH. */
  readonly tesseract?: string;
}

export interface FileToExtract {
  readonly path: string;
  /** As the file was called where it came from; decides only between kinds of text. */
  readonly name: string;
  /** The media type that it was uploaded with, likewise. */
  readonly declaredType?: string;
}

export interface Extractor {
  /**
   * Reads a file. Offsets index the canonical text that it returns.
   * @throws `document.empty`, `document.encrypted`, `document.unreadable`, `document.unsupported`,
   * `document.too-large`, `document.needs-ocr`, `document.timed-out`; `request.invalid` where settings do not fit
   */
  extract(file: FileToExtract, settings?: ExtractionSettings): Promise<Extracted>;
}

export function createExtractor(options: ExtractorOptions = {}): Extractor {
  const { timeoutMs = 120_000, memoryMegabytes = 1_024, maxFileBytes = 2 ** 30, concurrency = 2 } = options;
  const { maxCharacters = 50_000_000, maxExpandedBytes = 256 * 2 ** 20, tesseract = 'tesseract' } = options;
  const inTurn = turns(concurrency);

  return {
    extract: ({ path, name, declaredType }, settings = {}) =>
      inTurn(async () => {
        const file = await open(path, 'r');
        try {
          const { size } = await file.stat();
          if (size > maxFileBytes) throw tooLarge(size, maxFileBytes);
          const task: ToReader = {
            kind: 'read',
            name,
            settings,
            limits: { maxCharacters, maxExpandedBytes },
            ...(declaredType !== undefined && { declaredType }),
          };
          const languages = settings.ocr?.languages ?? ['eng'];
          const answer = await readInProcess(file.fd, task, { timeoutMs, memoryMegabytes }, (picture) =>
            textIn(picture, { command: tesseract, languages, timeoutMs }),
          );
          if (answer.kind === 'extracted') return answer.extracted;
          if (answer.kind === 'refused') throw new DaybookError(answer.code, answer.message, answer.fields);
          throw new DaybookError('document.unreadable');
        } finally {
          await file.close();
        }
      }),
  };
}

const tooLarge = (size: number, most: number): DaybookError =>
  new DaybookError('document.too-large', `The file has ${size} bytes; ${most} are allowed.`);

async function textIn(picture: Uint8Array, options: Parameters<typeof recognise>[1]): Promise<ToReader> {
  try {
    return { kind: 'recognised', text: await recognise(picture, options) };
  } catch (error) {
    if (isDaybookError(error, 'document.needs-ocr'))
      return { kind: 'not-recognised', message: error.message };
    throw error;
  }
}
