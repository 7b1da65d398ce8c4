import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { highwayHash64 } from './highway-hash.ts';

/** Length (u32), sequence (u64), time (u64), length of the subject (u16); the checksum stands at the end. */
const headBytes = 22;
const checksumBytes = 8;
const hasHeaders = 0x8000_0000;

/**
 * Writes other bytes, of the same number, over the body of a stored message, and a checksum that fits them: what
 * someone does who owns the disk and knows the server. The server must be stopped. `block` is `<n>.blk` of a stream.
 */
export function forgeStoredMessage(
  block: string,
  stream: string,
  index: number,
  sequence: number,
  forge: (body: string) => string,
): void {
  const key = hash('sha256', `${stream}-${index}`, 'buffer');
  const bytes = readFileSync(block);
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const size = length & ~hasHeaders;
    const record = bytes.subarray(at, at + size);
    at += size;
    if (record.readBigUInt64LE(4) !== BigInt(sequence)) continue;
    const subject = record.readUInt16LE(20);
    const start = headBytes + subject;
    const headers = (length & hasHeaders) === 0 ? 0 : record.readUInt32LE(start);
    const content = record.subarray((length & hasHeaders) === 0 ? start : start + 4, size - checksumBytes);
    const checksum = () =>
      highwayHash64(key, Buffer.concat([record.subarray(4, 20), record.subarray(headBytes, start), content]));
    const stored = record.subarray(size - checksumBytes);
    if (!checksum().equals(stored)) throw new Error('the checksum of this server is another than we know');
    const body = content.subarray(headers);
    const forged = Buffer.from(forge(body.toString()));
    if (forged.length !== body.length) throw new Error('a forged body has as many bytes');
    body.set(forged);
    stored.set(checksum());
    writeFileSync(block, bytes);
    return;
  }
  throw new Error(`there is no message ${sequence}`);
}
