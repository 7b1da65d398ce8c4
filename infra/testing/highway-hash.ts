/** HighwayHash-64 (https://github.com/google/highwayhash): the checksum of nats-server's files. Slow, and enough here. */

const mask = (1n << 64n) - 1n;
const low = (1n << 32n) - 1n;
const initial0 = [0xdbe6d5d5fe4cce2fn, 0xa4093822299f31d0n, 0x13198a2e03707344n, 0x243f6a8885a308d3n];
const initial1 = [0x3bd39e10cb0ef593n, 0xc0acf169b5f18a8cn, 0xbe5466cf34e90c6cn, 0x452821e638d01377n];

type Lanes = bigint[];
const at = (lanes: Lanes, i: number): bigint => lanes[i] as bigint;
const swapped = (value: bigint) => ((value >> 32n) | (value << 32n)) & mask;
/** Byte `n` of a value, moved to byte `to`. */
const byte = (value: bigint, n: number, to: number) => ((value >> BigInt(8 * n)) & 0xffn) << BigInt(8 * to);

/** The bytes of two lanes, mixed so that each byte of a product meets good and bad ones. */
function zipper(odd: bigint, even: bigint): [bigint, bigint] {
  const first =
    byte(even, 3, 0) |
    byte(odd, 4, 1) |
    byte(even, 2, 2) |
    byte(even, 5, 3) |
    byte(odd, 6, 4) |
    byte(even, 1, 5) |
    byte(odd, 7, 6) |
    byte(even, 0, 7);
  const second =
    byte(odd, 3, 0) |
    byte(even, 4, 1) |
    byte(odd, 2, 2) |
    byte(odd, 5, 3) |
    byte(odd, 1, 4) |
    byte(even, 6, 5) |
    byte(odd, 0, 6) |
    byte(even, 7, 7);
  return [first, second];
}

/** `key` has 32 bytes; the result is little-endian, as the server stores it. */
export function highwayHash64(key: Uint8Array, bytes: Uint8Array): Buffer {
  const words = (of: Uint8Array): Lanes => {
    const view = Buffer.from(of);
    return [0, 8, 16, 24].map((offset) => view.readBigUInt64LE(offset));
  };
  const mul0 = [...initial0];
  const mul1 = [...initial1];
  const v0 = words(key).map((word, i) => word ^ at(mul0, i));
  const v1 = words(key).map((word, i) => swapped(word) ^ at(mul1, i));

  const mix = (from: Lanes, to: Lanes) => {
    for (const i of [0, 2]) {
      const [first, second] = zipper(at(from, i + 1), at(from, i));
      to[i] = (at(to, i) + first) & mask;
      to[i + 1] = (at(to, i + 1) + second) & mask;
    }
  };
  const update = (packet: Lanes) => {
    for (let i = 0; i < 4; i++) {
      v1[i] = (at(v1, i) + at(mul0, i) + at(packet, i)) & mask;
      mul0[i] = at(mul0, i) ^ ((at(v1, i) & low) * (at(v0, i) >> 32n));
      v0[i] = (at(v0, i) + at(mul1, i)) & mask;
      mul1[i] = at(mul1, i) ^ ((at(v0, i) & low) * (at(v1, i) >> 32n));
    }
    mix(v1, v0);
    mix(v0, v1);
  };

  const whole = bytes.length & ~31;
  for (let i = 0; i < whole; i += 32) update(words(bytes.subarray(i, i + 32)));
  const rest = bytes.subarray(whole);
  if (rest.length > 0) {
    const size = BigInt(rest.length);
    for (let i = 0; i < 4; i++) {
      v0[i] = (at(v0, i) + (size << 32n) + size) & mask;
      const turn = (half: bigint) => ((half << size) | (half >> (32n - size))) & low;
      v1[i] = (turn(at(v1, i) >> 32n) << 32n) | turn(at(v1, i) & low);
    }
    const packet = Buffer.alloc(32);
    const quads = rest.length & ~3;
    packet.set(rest.subarray(0, quads));
    const left = rest.length & 3;
    if (rest.length & 16) packet.set(rest.subarray(rest.length - 4), 28);
    else if (left > 0) {
      packet[16] = rest[quads] as number;
      packet[17] = rest[quads + (left >> 1)] as number;
      packet[18] = rest[rest.length - 1] as number;
    }
    update(words(packet));
  }
  for (let i = 0; i < 4; i++) update([2, 3, 0, 1].map((lane) => swapped(at(v0, lane))));
  const result = Buffer.alloc(8);
  result.writeBigUInt64LE((at(v0, 0) + at(v1, 0) + at(mul0, 0) + at(mul1, 0)) & mask);
  return result;
}
