import { crc32, inflateRawSync } from 'node:zlib';
import { tooLarge, unreadable } from './context.ts';

interface Entry {
  readonly name: string;
  readonly deflated: boolean;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

export interface Zip {
  readonly names: readonly string[];
  /** The bytes of an entry, never more than its directory says. Throws `document.unreadable`. */
  read(name: string): Uint8Array | undefined;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const longestComment = 0xffff;
const mostEntries = 10_000;

/**
 * Opens a zip archive (APPNOTE 6.3, without zip64 and encryption, which no office document has), and adds up what it
 * would unpack to before anything is unpacked.
 * @throws `document.too-large`, `document.unreadable`
 */
export function openZip(bytes: Uint8Array, maxExpandedBytes: number): Zip {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = directory(view);
  let total = 0;
  for (const { size } of entries.values()) total += size;
  if (total > maxExpandedBytes)
    throw tooLarge(`The file unpacks to ${total} bytes; ${maxExpandedBytes} are allowed`);
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      return entry && unpacked(view, entry);
    },
  };
}

function directory(view: Buffer): Map<string, Entry> {
  const end = endOfDirectory(view);
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  if (count > mostEntries) throw tooLarge(`The file has ${count} parts; ${mostEntries} are allowed`);
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index++) {
    if (at + 46 > view.length || view.readUInt32LE(at) !== entrySignature) {
      throw unreadable('The directory of the archive is damaged');
    }
    const method = view.readUInt16LE(at + 10);
    const nameBytes = view.readUInt16LE(at + 28);
    const name = view.toString('utf8', at + 46, at + 46 + nameBytes).replaceAll('\\', '/');
    if (method === 0 || method === 8) {
      entries.set(name, {
        name,
        deflated: method === 8,
        packed: view.readUInt32LE(at + 20),
        size: view.readUInt32LE(at + 24),
        offset: view.readUInt32LE(at + 42),
      });
    }
    at += 46 + nameBytes + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
  }
  return entries;
}

function endOfDirectory(view: Buffer): number {
  const last = view.length - endBytes;
  for (let at = last; at >= Math.max(0, last - longestComment); at--) {
    if (view.readUInt32LE(at) === endSignature) return at;
  }
  throw unreadable('The archive has no directory: the end of the file is missing');
}

function unpacked(view: Buffer, { name, deflated, packed, size, offset }: Entry): Uint8Array {
  if (offset + 30 > view.length || view.readUInt32LE(offset) !== localSignature) {
    throw unreadable(`The part ${name} is missing`);
  }
  const from = offset + 30 + view.readUInt16LE(offset + 26) + view.readUInt16LE(offset + 28);
  const bytes = view.subarray(from, from + packed);
  if (bytes.length < packed) throw unreadable(`The part ${name} is cut off`);
  if (!deflated) return bytes;
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw unreadable(`The part ${name} is damaged, or larger than it says`, cause);
  }
}

/**
 * An archive of these parts, none of them packed: for libraries that unpack whatever they are given.
 */
export function zipOf(parts: ReadonlyMap<string, Uint8Array>): Buffer {
  const chunks: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of parts) {
    const encoded = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    // Names are UTF-8.
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    chunks.push(uint32(localSignature), common, encoded, Buffer.from(bytes));
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(uint32(entrySignature), uint16(20), common, rest, encoded);
    offset += 4 + common.length + encoded.length + bytes.length;
  }
  const size = central.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(parts.size, 8);
  end.writeUInt16LE(parts.size, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...chunks, ...central, end]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
