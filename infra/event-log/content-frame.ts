import { maxContentBytes, type SealedContent } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

/**
 * Many contents in one message, binary since most of it is ciphertext: a version byte (1), a count (u16), then
 * for each its id and data subject (u8 length, UTF-8) and its sealed bytes (u32 length). Big-endian.
 */
const version = 1;
const maxContents = 0xffff;

/** Throws `log.commit-too-large` beyond {@link maxContentBytes}. */
export function encodeContents(contents: readonly SealedContent[]): Uint8Array {
  if (contents.length === 0 || contents.length > maxContents) {
    throw new RangeError(`a message holds 1 to ${maxContents} contents, not ${contents.length}`);
  }
  let size = 3;
  for (const { id, subject, sealed } of contents) {
    size += 6 + Buffer.byteLength(id) + Buffer.byteLength(subject) + sealed.length;
  }
  if (size > maxContentBytes) {
    throw new DaybookError('log.commit-too-large', undefined, { bytes: size, limit: maxContentBytes });
  }
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt8(version, 0);
  frame.writeUInt16BE(contents.length, 1);
  let at = 3;
  for (const { id, subject, sealed } of contents) {
    for (const text of [id, subject]) {
      const length = frame.write(text, at + 1);
      at = frame.writeUInt8(length, at) + length;
    }
    at = frame.writeUInt32BE(sealed.length, at);
    frame.set(sealed, at);
    at += sealed.length;
  }
  return frame;
}

/** The sealed bytes are views of `bytes`. Throws a RangeError where it is not a frame. */
export function decodeContents(bytes: Uint8Array): SealedContent[] {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.readUInt8(0) !== version) throw new RangeError(`unknown version of a content frame: ${frame[0]}`);
  const contents: SealedContent[] = [];
  let at = 3;
  const text = () => {
    const end = at + 1 + frame.readUInt8(at);
    const value = frame.toString('utf8', at + 1, end);
    at = end;
    return value;
  };
  for (let left = frame.readUInt16BE(1); left > 0; left--) {
    const id = text();
    const subject = text();
    const length = frame.readUInt32BE(at);
    at += 4;
    if (at + length > frame.length) throw new RangeError('a content frame ends too early');
    contents.push({ id, subject, sealed: frame.subarray(at, at + length) });
    at += length;
  }
  return contents;
}
