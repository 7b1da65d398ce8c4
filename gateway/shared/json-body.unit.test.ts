import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDaybookError } from '../../schemas/errors.ts';
import { parseJson } from './json-body.ts';

const codeOf = (bytes: Uint8Array, depth = 64): string => {
  try {
    parseJson(bytes, depth);
    return 'parsed';
  } catch (error) {
    return isDaybookError(error) ? error.code : String(error);
  }
};

test.each([
  ['', 'request.malformed-json'],
  ['{"a":', 'request.malformed-json'],
  ['{"a":1} trailing', 'request.malformed-json'],
  ['['.repeat(65), 'request.too-deep'],
  ['{"a":'.repeat(100_000), 'request.too-deep'],
  ['"[[[[[["', 'parsed'],
  ['{"a":"\\"[[[["}', 'parsed'],
])('%j is answered with %s', (text, code) => {
  expect(codeOf(Buffer.from(text), text.startsWith('"') || text.startsWith('{"a":"') ? 2 : 64)).toBe(code);
});

test('bytes that are not UTF-8 are refused', () => {
  expect(codeOf(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toBe('request.malformed-json');
  expect(codeOf(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toBe('request.malformed-json');
});

test('whatever JSON a caller sends within the depth comes through unchanged', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(parseJson(Buffer.from(text), 16)).toEqual(JSON.parse(text));
    }),
  );
});

test('arbitrary bytes never cause anything but a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(['parsed', 'request.malformed-json', 'request.too-deep']).toContain(codeOf(bytes, 8));
    }),
  );
});
