import mammoth from 'mammoth';
import { type Read, type ReadingContext, unreadable } from './context.ts';
import { readHtml } from './html/index.ts';
import { type Zip, zipOf } from './zip.ts';

const styles = [
  'comment-reference => sup',
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => h2:fresh",
];
/** All that text can be in; pictures and fonts are left packed. */
const isText = /\.(xml|rels)$/i;

/**
 * A DOCX file: paragraphs, headings, lists, tables, text boxes, then foot- and endnotes, then comments. Mammoth knows
 * the format; it gets the parts unpacked, so that nothing is unpacked beyond what was allowed.
 */
export async function readDocx(zip: Zip, context: ReadingContext): Promise<Read> {
  const parts = new Map<string, Uint8Array>();
  for (const name of zip.names) {
    const bytes = isText.test(name) ? zip.read(name) : undefined;
    if (bytes) parts.set(name, bytes);
  }
  const html = await toHtml(zipOf(parts));
  return { ...readHtml(html, context), type: 'docx' };
}

async function toHtml(buffer: Buffer): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer },
      {
        styleMap: styles,
        externalFileAccess: false,
        // Of a picture its description is read, never its bytes.
        convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      },
    );
    return value;
  } catch (cause) {
    throw unreadable('The file is not the DOCX that it looks like', cause);
  }
}
