import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Position, parsePosition, position, positionCodec, sequenceOf } from './index.ts';

const secret = randomBytes(32);
const codec = positionCodec('a1b2', secret);

it('is epoch, stream and sequence, and is taken apart as it was put together', () => {
  const of = position('a1b2', 3, 4711);
  expect(of).toBe('a1b2-3-4711');
  expect(parsePosition(of)).toEqual({ epoch: 'a1b2', stream: 3, sequence: 4711 });
  expect(sequenceOf(of)).toBe(4711);
  for (const text of ['', 'a-b-c', 'a1b2-3', 'a1b2-3-', 'a_1-3-4', 'a1b2-3-4-5']) {
    expect(() => parsePosition(text)).toThrow(RangeError);
  }
});

it('shows callers a token that only this installation opens', () => {
  for (const sequence of [0, 1, 4711, Number.MAX_SAFE_INTEGER]) {
    const of = position('a1b2', 15, sequence);
    expect(codec.decode(codec.encode(of))).toBe(of);
  }
  const token = codec.encode(position('a1b2', 0, 7));
  expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
  const refused = expect.objectContaining({ code: 'request.invalid' });
  expect(() => positionCodec('other', secret).decode(token)).toThrow(refused);
  expect(() => positionCodec('a1b2', randomBytes(32)).decode(token)).toThrow(refused);
  for (const forged of ['', 'x', randomBytes(16).toString('base64url'), `${token}${token}`]) {
    expect(() => codec.decode(forged)).toThrow(refused);
  }
});

it('reveals neither order nor distance: neighbours differ in about half of their bits', () => {
  const bits = (of: Position) => Buffer.from(codec.encode(of), 'base64url');
  let different = 0;
  for (let sequence = 1; sequence <= 200; sequence++) {
    const [a, b] = [bits(position('a1b2', 0, sequence)), bits(position('a1b2', 0, sequence + 1))];
    for (const [index, byte] of a.entries()) {
      let rest = byte ^ (b[index] as number);
      for (; rest > 0; rest >>= 1) different += rest & 1;
    }
  }
  expect(different / 200).toBeGreaterThan(54);
  expect(different / 200).toBeLessThan(74);
});
