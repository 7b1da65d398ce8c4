import { DaybookError } from '../../../schemas/errors.ts';

/** A file of an archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;
const padded = (size: number) => Math.ceil(size / block) * block;

/** One file as POSIX ustar has it: a header and the bytes, each to whole blocks. */
export function tarEntry({ name, bytes }: Entry, atMs: number): Uint8Array {
  const entry = Buffer.alloc(block + padded(bytes.length));
  const octal = (value: number, at: number, length: number) =>
    entry.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  entry.write(name, 0, 100, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes.length, 124, 12);
  octal(Math.floor(atMs / 1000), 136, 12);
  entry.write('0', 156, 'latin1');
  entry.write('ustar\x0000', 257, 'latin1');
  // The sum is taken as if its own field were spaces.
  entry.fill(0x20, 148, 156);
  entry.write(`${sumOf(entry).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  entry.set(bytes, block);
  return entry;
}

export const tarEnd = (): Uint8Array => new Uint8Array(2 * block);

const sumOf = (header: Uint8Array): number =>
  header.subarray(0, block).reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);

const damaged = (what: string) => new DaybookError('config.invalid', `The archive is damaged: ${what}.`);

/** More than any file that we write, in bytes. */
const largest = 256 * 1024 * 1024;

/** The files of an archive in order. Throws `config.invalid` where it is none, or ends too early. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  async function take(size: number, of: string): Promise<Buffer> {
    const parts = [held];
    let length = held.length;
    while (length < size) {
      const next = await chunks.next();
      if (next.done) throw damaged(`it ends within ${of}`);
      parts.push(Buffer.from(next.value));
      length += next.value.length;
    }
    const all = Buffer.concat(parts, length);
    held = all.subarray(size);
    return all.subarray(0, size);
  }
  const text = (header: Buffer, at: number, length: number) =>
    header.toString('latin1', at, at + length).replace(/[\0 ].*$/s, '');
  /** NaN where the field holds anything but octal digits. */
  const number = (header: Buffer, at: number, length: number) => {
    const digits = text(header, at, length);
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  let before = 'its beginning';
  try {
    for (;;) {
      const header = await take(block, before);
      if (header.every((byte) => byte === 0)) return;
      const name = text(header, 0, 100);
      if (number(header, 148, 8) !== sumOf(header)) throw damaged(`what follows ${before} is no file`);
      const size = number(header, 124, 12);
      if (!(size >= 0 && size <= largest)) throw damaged(`${name} has no size that can be`);
      yield { name, bytes: (await take(padded(size), name)).subarray(0, size) };
      before = name;
    }
  } finally {
    await chunks.return?.();
  }
}
