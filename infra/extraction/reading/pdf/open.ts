import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { DaybookError } from '../../../../schemas/errors.ts';
import { unreadable } from '../context.ts';

const home = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
/** With a slash at the end, as pdf.js wants it. */
const folder = (name: string): string => `${join(home, name)}/`;

const mostPixels = 100_000_000;

/**
 * Opens a PDF for its text: no fonts are loaded, nothing is drawn, nothing comes from a network. What an owner's
 * password only restricts opens; what needs a password to be read does not.
 * @throws `document.encrypted`, `document.unreadable`
 */
export async function openPdf(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  try {
    return await getDocument({
      // pdf.js keeps what it gets, and wants no Buffer.
      data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      disableFontFace: true,
      useSystemFonts: false,
      useWorkerFetch: false,
      isOffscreenCanvasSupported: false,
      isImageDecoderSupported: false,
      maxImageSize: mostPixels,
      cMapUrl: folder('cmaps'),
      standardFontDataUrl: folder('standard_fonts'),
      wasmUrl: folder('wasm'),
      verbosity: 0,
    }).promise;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'PasswordException')
      throw new DaybookError('document.encrypted');
    throw unreadable('The PDF is damaged beyond what can be repaired', cause);
  }
}
