import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkpointHash,
  decodeCheckpoint,
  encodeCheckpoint,
  isSignedBy,
  signCheckpoint,
  statementOf,
} from './checkpoint.ts';
import { parsePublicKey, pemOf, signingKey } from './keys.ts';
import { leafAt } from './leaf.ts';
import { checkInclusion, proveInclusion } from './proof.ts';
import { checkpointIn, historyOf, key } from './testing/history.ts';

const text = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const sequence = fc.integer({ min: 1, max: 2 ** 40 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const signed = fc
  .record({
    number: sequence,
    epoch: fc.stringMatching(/^[A-Za-z0-9]{1,12}$/),
    stream: fc.nat(16),
    from: sequence,
    previous: fc.option(text),
    leaves: fc.array(hash, { minLength: 1, maxLength: 9 }),
    at: fc.integer({ min: 0, max: 4e12 }),
  })
  .map(({ leaves, at, ...place }) => signCheckpoint(key, place, leaves, at));

describe('a checkpoint', () => {
  test('reads as it was written, and is signed by its key and no other', () => {
    const stranger = signingKey(Buffer.alloc(32, 7));
    fc.assert(
      fc.property(signed, (one) => {
        expect(decodeCheckpoint(encodeCheckpoint(one, 'a1'))).toEqual(one);
        expect(isSignedBy(key, one)).toBe(true);
        expect(isSignedBy(stranger, one)).toBe(false);
      }),
    );
  });

  test('has a text of its own: two that differ in any field are never signed alike', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        const fields = ({ signature: _s, hashes: _h, ...rest }: typeof a) => JSON.stringify(rest);
        expect(statementOf(a).equals(statementOf(b))).toBe(fields(a) === fields(b));
        expect(checkpointHash(a) === checkpointHash(b)).toBe(fields(a) === fields(b));
      }),
    );
  });

  test.each(['', '{}', 'null', '{"events":[]}', '\u0000'])('is not %j', (body) => {
    expect(decodeCheckpoint(Buffer.from(body))).toBeNull();
  });
});

describe('a leaf', () => {
  test('is of its sequence, subject and bytes, and of nothing that only looks alike when put together', () => {
    const of = (at: number, subject: string, body: string) =>
      leafAt(at, { subject, body: Buffer.from(body) }).toString('hex');
    const all = [of(1, 'ab', 'c'), of(2, 'ab', 'c'), of(1, 'a', 'bc'), of(1, 'abc', ''), of(1, 'ab', 'd')];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('a key', () => {
  test('is read from its text and from PEM, and has the same id', () => {
    for (const form of [key.text, `${key.text}\n`, pemOf(key)]) {
      expect(parsePublicKey(form)).toMatchObject({ id: key.id, text: key.text });
    }
  });
  test.each([
    '',
    'abc',
    `${key.text}A`,
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  ])('is not %j', (form) => {
    expect(() => parsePublicKey(form)).toThrow(RangeError);
  });
});

describe('a proof that a commit was sealed', () => {
  test('holds for each sealed commit, survives JSON, and breaks with any change', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { records, entries } = historyOf(seed);
      for (const checkpoint of entries.map(checkpointIn)) {
        for (const record of records[checkpoint.stream] ?? []) {
          const proof = proveInclusion(record, checkpoint);
          expect(proof !== null).toBe(record.sequence >= checkpoint.from && record.sequence <= checkpoint.to);
          if (!proof) continue;
          expect(checkInclusion(JSON.parse(JSON.stringify(proof)), [key])).toBeNull();
          expect(checkInclusion({ ...proof, subject: `${proof.subject}x` }, [key])).toMatch(
            /not what was sealed/,
          );
          expect(checkInclusion({ ...proof, body: 'AAAA' }, [key])).toMatch(/not what was sealed/);
          const moved = { ...proof.checkpoint, to: proof.checkpoint.to + 1 };
          expect(checkInclusion({ ...proof, checkpoint: moved }, [key])).toMatch(/signature/);
          expect(checkInclusion(proof, [])).toMatch(/not trusted/);
        }
      }
    }
    expect(checkInclusion({ format: 'else' }, [key])).toMatch(/no proof/);
  });
});
