export interface PdfPage {
  /** Operators of the page's content stream; `/F1` is Helvetica, `/Im` the picture. */
  readonly content: string;
  readonly rotate?: number;
}

export interface GrayPicture {
  readonly width: number;
  readonly height: number;
  /** A byte a pixel. */
  readonly pixels: Buffer;
}

/** A PDF of these pages, nothing in it packed. */
export function pdfOf(pages: readonly PdfPage[], picture?: GrayPicture): Buffer {
  const objects: Buffer[] = [];
  const add = (object: string | Buffer): number => objects.push(Buffer.from(object));
  const kids = pages.map((_, index) => `${4 + index * 2 + (picture ? 1 : 0)} 0 R`).join(' ');
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  if (picture) {
    const { width, height, pixels } = picture;
    const dictionary = `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length ${pixels.length} >>`;
    add(Buffer.concat([Buffer.from(`${dictionary}\nstream\n`), pixels, Buffer.from('\nendstream')]));
  }
  const resources = `<< /Font << /F1 3 0 R >> ${picture ? '/XObject << /Im 4 0 R >>' : ''} >>`;
  for (const { content, rotate = 0 } of pages) {
    const next = objects.length + 2;
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate ${rotate} /Resources ${resources} /Contents ${next} 0 R >>`,
    );
    const bytes = Buffer.from(content, 'latin1');
    add(
      Buffer.concat([
        Buffer.from(`<< /Length ${bytes.length} >>\nstream\n`),
        bytes,
        Buffer.from('\nendstream'),
      ]),
    );
  }
  return withTable(objects);
}

function withTable(objects: readonly Buffer[]): Buffer {
  const parts = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let length = parts[0]?.length ?? 0;
  objects.forEach((object, index) => {
    offsets.push(length);
    const bytes = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    parts.push(bytes);
    length += bytes.length;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const trailer = `xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(trailer)]);
}

/** A line of text at a place in points from the lower left. */
export const textAt = (x: number, y: number, text: string, size = 10): string =>
  `BT /F1 ${size} Tf ${x} ${y} Td (${text.replace(/[\\()]/g, '\\$&')}) Tj ET\n`;
