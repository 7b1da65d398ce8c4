import { crc32, deflateSync } from 'node:zlib';
import type { GrayPicture } from './pdfs.ts';

/** Letters of five by seven dots, a row a number. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  H: [17, 17, 17, 31, 17, 17, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  O: [14, 17, 17, 17, 17, 17, 14],
  R: [30, 17, 17, 30, 20, 18, 17],
  T: [31, 4, 4, 4, 4, 4, 4],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};

/** A picture of a line of these letters, black on white. */
export function pictureOf(text: string, scale = 8): GrayPicture {
  const margin = 5;
  const width = (text.length * 6 + margin * 2) * scale;
  const height = (7 + margin * 2) * scale;
  const pixels = Buffer.alloc(width * height, 255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / scale) - margin;
      const row = Math.floor(y / scale) - margin;
      const letter = glyphs[text[Math.floor(column / 6)] ?? ' '];
      const bit =
        column >= 0 && row >= 0 && row < 7 && column % 6 < 5
          ? (letter?.[row] ?? 0) & (16 >> (column % 6))
          : 0;
      if (bit) pixels[y * width + x] = 0;
    }
  }
  return { width, height, pixels };
}

export function pngOf({ width, height, pixels }: GrayPicture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), pixels.subarray(y * width, (y + 1) * width)]),
  );
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    mark,
    part('IHDR', header),
    part('IDAT', deflateSync(Buffer.concat(rows))),
    part('IEND', Buffer.alloc(0)),
  ]);
}

function part(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
