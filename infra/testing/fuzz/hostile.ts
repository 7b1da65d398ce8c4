import fc from 'fast-check';

/** A number that JavaScript has no literal for: written into the JSON as it stands. */
export const rawNumber = (digits: string) => ({ rawNumber: digits });

export const isRawNumber = (value: unknown): value is { rawNumber: string } =>
  typeof value === 'object' && value !== null && 'rawNumber' in value;

const texts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud83d',
  '\udc00\ud800',
  '\u202egnp.exe',
  '\ufeff',
  'İıſK',
  'e\u0301'.repeat(50),
  '👩‍👩‍👧‍👦'.repeat(20),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  "' or '1'='1",
  "'; drop table read.budgets; --",
  '1; select pg_sleep(5)',
  '$1',
  '{"$gt":""}',
  '{"$where":"sleep(1000)"}',
  '*',
  'es.>',
  '>',
  '$JS.API.STREAM.NAMES',
  'a.b.c',
  '*{acme}*',
  '\r\nSET x 1\r\n',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%',
  '%zz',
  '{{7*7}}',
  '${7*7}',
  '<script>alert(1)</script>',
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'null',
  'undefined',
  'NaN',
  '0',
  '-1',
  '1e309',
  '9'.repeat(40),
  '0x10',
  'true',
  '[]',
  'x'.repeat(600),
  'é'.repeat(5_000),
];

const numbers = [
  0,
  -0,
  -1,
  0.1,
  1e21,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER + 2,
  2 ** 31,
  2 ** 63,
  -(2 ** 63),
].map((one) => fc.constant<unknown>(one));
const rawNumbers = ['1e999', '-1e999', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '1e-999'];

const nested = (depth: number): unknown => {
  let inner: unknown = 1;
  for (let n = 0; n < depth; n++) inner = n % 2 === 0 ? [inner] : { a: inner };
  return inner;
};
const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, n]));

/** A text that somebody may regret to have read. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
);

/** Any value that JSON has, and some that only its text has. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 3, arbitrary: fc.oneof(...numbers) },
  { weight: 1, arbitrary: fc.constantFrom(...rawNumbers).map(rawNumber) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: {} }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(20, 63, 65, 400).map(nested) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      wide,
      Array.from({ length: 3_000 }, () => 0),
    ),
  },
);
