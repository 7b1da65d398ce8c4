import { OPS, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';

const painted: ReadonlySet<number> = new Set([OPS.paintImageXObject, OPS.paintInlineImageXObject]);
const gray1 = 1;
const rgb24 = 2;

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly kind: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The largest picture on a page, as a portable bitmap, or pixmap, which needs no packing; undefined where none is. */
export async function largestPicture(page: PDFPageProxy): Promise<Uint8Array | undefined> {
  const { fnArray, argsArray } = await page.getOperatorList();
  let largest: Bitmap | undefined;
  for (const [index, operator] of fnArray.entries()) {
    if (!painted.has(operator)) continue;
    const [first]: unknown[] = argsArray[index] ?? [];
    const picture = typeof first === 'string' ? await picked(page, first) : first;
    if (
      isBitmap(picture) &&
      picture.width * picture.height > (largest ? largest.width * largest.height : 0)
    ) {
      largest = picture;
    }
  }
  return largest && portable(largest);
}

/** pdf.js gives a picture to whoever asked for it, once it is decoded. */
const picked = (page: PDFPageProxy, name: string): Promise<unknown> =>
  new Promise((resolve) => {
    (name.startsWith('g_') ? page.commonObjs : page.objs).get(name, resolve);
  });

const isBitmap = (value: unknown): value is Bitmap =>
  typeof value === 'object' &&
  value !== null &&
  'data' in value &&
  (value.data instanceof Uint8Array || value.data instanceof Uint8ClampedArray) &&
  'kind' in value &&
  'width' in value &&
  'height' in value;

/** Netpbm's P4 and P6. */
function portable({ width, height, kind, data }: Bitmap): Uint8Array {
  if (kind === gray1) {
    // There a one is black, in pdf.js it is white.
    const bits = Uint8Array.from(data, (byte) => ~byte & 0xff);
    return Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), bits]);
  }
  const header = Buffer.from(`P6\n${width} ${height}\n255\n`);
  if (kind === rgb24) return Buffer.concat([header, Uint8Array.from(data)]);
  const pixels = Buffer.alloc(width * height * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    pixels[to] = data[from] ?? 255;
    pixels[to + 1] = data[from + 1] ?? 255;
    pixels[to + 2] = data[from + 2] ?? 255;
  }
  return Buffer.concat([header, pixels]);
}
