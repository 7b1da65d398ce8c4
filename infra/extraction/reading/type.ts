import { DaybookError } from '../../../schemas/errors.ts';
import { decodeText } from './decode.ts';
import { type TextType, textType } from './text-type.ts';
import type { Zip } from './zip.ts';
import { openZip } from './zip.ts';

export interface SourceFile {
  readonly bytes: Uint8Array;
  /** Only to choose between kinds of text. */
  readonly name: string;
  /** A media type, likewise. */
  readonly declaredType?: string;
}

export type Recognised =
  | { readonly type: 'pdf' | 'image' }
  | { readonly type: 'docx'; readonly zip: Zip }
  | { readonly type: TextType; readonly text: string; readonly encoding: string };

/** A PDF may begin later: readers look for its mark in the first kilobyte. */
const pdfWithin = 1_024;

const starts = (bytes: Uint8Array, ...mark: readonly number[]): boolean =>
  mark.every((value, index) => bytes[index] === value);

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');

/**
 * What a file is, by what is in it. Its name chooses between kinds of text only, so that a mislabelled file is read as
 * what it is.
 * @throws `document.empty`, `document.unsupported`, `document.encrypted`, and what opening an archive throws
 */
export function recognise({ bytes, name, declaredType }: SourceFile, maxExpandedBytes: number): Recognised {
  if (bytes.length === 0) throw new DaybookError('document.empty', 'The file has no bytes.');
  if (ascii(bytes, 0, pdfWithin).includes('%PDF-')) return { type: 'pdf' };
  if (starts(bytes, 0x50, 0x4b, 0x03, 0x04) || starts(bytes, 0x50, 0x4b, 0x05, 0x06)) {
    return officeOf(openZip(bytes, maxExpandedBytes));
  }
  if (starts(bytes, 0xd0, 0xcf, 0x11, 0xe0)) throw compoundFile(bytes);
  if (isPicture(bytes)) return { type: 'image' };
  const binary = binaries.find(([, mark]) => starts(bytes, ...mark));
  if (binary) throw unsupported(binary[0]);
  const decoded = decodeText(bytes);
  if (!decoded) throw unsupported('no kind of text, and no document that is known');
  if (decoded.text.startsWith('{\\rtf')) throw unsupported('RTF');
  if (decoded.text.startsWith('%!PS')) throw unsupported('PostScript');
  return { ...decoded, type: textType(decoded.text, name, declaredType) };
}

const unsupported = (what: string): DaybookError =>
  new DaybookError('document.unsupported', `The file is ${what}, which is not read.`);

function officeOf(zip: Zip): Recognised {
  const types = Buffer.from(zip.read('[Content_Types].xml') ?? []).toString('utf8');
  if (/wordprocessingml\.(document|template)\.main|ms-word\.(document|template)\.macroEnabled/.test(types)) {
    return { type: 'docx', zip };
  }
  if (types.includes('spreadsheetml')) throw unsupported('a workbook (save its sheets as CSV)');
  if (types.includes('presentationml')) throw unsupported('a presentation (save it as PDF)');
  if (zip.names.includes('META-INF/container.xml')) throw unsupported('an e-book');
  if (zip.names.includes('content.xml')) throw unsupported('an OpenDocument file (save it as DOCX or PDF)');
  throw unsupported('an archive (unpack it, and upload what is in it)');
}

/** Office documents with a password are no zip but a compound file; so are those of before 2007. */
function compoundFile(bytes: Uint8Array): DaybookError {
  const isEncrypted = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(
    Buffer.from('EncryptedPackage', 'utf16le'),
  );
  return isEncrypted
    ? new DaybookError('document.encrypted')
    : unsupported('an office document of before 2007 (save it as DOCX or PDF)');
}

function isPicture(bytes: Uint8Array): boolean {
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47) || starts(bytes, 0xff, 0xd8, 0xff)) return true;
  if (ascii(bytes, 0, 4) === 'GIF8' || (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP'))
    return true;
  if (starts(bytes, 0x49, 0x49, 0x2a, 0) || starts(bytes, 0x4d, 0x4d, 0, 0x2a)) return true;
  // The header of a bitmap: its size, and zeros.
  return ascii(bytes, 0, 2) === 'BM' && bytes.length > 26 && starts(bytes.subarray(6), 0, 0, 0, 0);
}

const binaries: readonly (readonly [what: string, mark: readonly number[]])[] = [
  ['a gzip archive', [0x1f, 0x8b]],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf]],
  ['a RAR archive', [0x52, 0x61, 0x72, 0x21]],
  ['a Zstandard archive', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a bzip2 archive', [0x42, 0x5a, 0x68]],
  ['an xz archive', [0xfd, 0x37, 0x7a, 0x58]],
  ['a program', [0x7f, 0x45, 0x4c, 0x46]],
  ['a program', [0x4d, 0x5a, 0x90]],
  ['a database', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
  ['sound', [0x49, 0x44, 0x33]],
  ['sound or video', [0x4f, 0x67, 0x67, 0x53]],
  ['video', [0x1a, 0x45, 0xdf, 0xa3]],
  ['a Parquet table', [0x50, 0x41, 0x52, 0x31]],
];
