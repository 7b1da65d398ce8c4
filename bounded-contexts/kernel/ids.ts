import { randomFillSync } from 'node:crypto';

const idBytes = 10;
const pool = Buffer.allocUnsafe(idBytes * 1024);
let used = pool.length;
let lastMs = 0;
let counter = 0;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const at = (index: number) => hex[pool[used + index] as number] as string;

let timeMs = -1;
let timePart = '';

/** `019aa5c1-7f3e-7`: the same for all ids of a millisecond. */
function timeOf(ms: number): string {
  if (ms !== timeMs) {
    const time = Math.trunc(ms).toString(16).padStart(12, '0');
    timePart = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    timeMs = ms;
  }
  return timePart;
}

/**
 * UUIDv7 (RFC 9562, method 1): 48 bits of Unix milliseconds, a 12-bit counter that keeps the ids of one
 * process in order within a millisecond, 62 random bits. With a time of the caller's own (`ms`), exactly that
 * time and random bits in place of the counter: a foreign clock must not move ours.
 */
export function uuidv7(ms?: number): string {
  if (ms === undefined) {
    const now = Date.now();
    if (now > lastMs) {
      lastMs = now;
      counter = 0;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
  }
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const sequence = ms === undefined ? counter : pool.readUInt16BE(used + 8) & 0xfff;
  const variant = hex[((pool[used] as number) & 0x3f) | 0x80];
  const id = `${timeOf(ms ?? lastMs)}${(sequence >> 8).toString(16)}${hex[sequence & 0xff]}-${variant}${at(1)}-${at(2)}${at(3)}${at(4)}${at(5)}${at(6)}${at(7)}`;
  used += idBytes;
  return id;
}

/** Unix milliseconds that a UUIDv7 was made at, or undefined where `id` is not one. */
export function timeOfUuidv7(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
