import { describe, expect, test } from 'vitest';
import { position } from '../../bounded-contexts/kernel/index.ts';
import { decodeCursor, encodeCursor, pageOf } from './page.ts';
import { lagOf } from './status.ts';

describe('cursors', () => {
  test('come back as they were, and a foreign one is refused as a bad request', () => {
    expect(decodeCursor(encodeCursor(['a', 'b"']), ['text', 'text'])).toEqual(['a', 'b"']);
    for (const bad of ['', 'x', encodeCursor(['a']), Buffer.from('{"a":1}').toString('base64url')]) {
      expect(() => decodeCursor(bad, ['text', 'text'])).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
    }
  });

  test.each([
    ['text', ['a', '', "'; --"], ['a\0b']],
    ['integer', ['0', '12'], ['', 'x', '-1', '1.5', '1e3', '9'.repeat(30)]],
    [
      'time',
      ['2026-11-26 12:00:00+00', '2026-11-26 12:00:00.123456-03:30'],
      ['', '2026-11-26', '2026-02-31 00:00:00+00', '0000-01-01 00:00:00+00', '2026-01-01 25:00:00+00', 'now'],
    ],
  ] as const)('hold only what the database takes for %s', (kind, good, bad) => {
    for (const value of good) expect(decodeCursor(encodeCursor([value]), [kind])).toEqual([value]);
    for (const value of bad)
      expect(() => decodeCursor(encodeCursor([value]), [kind]), value).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
  });

  test('are given where there is more, and only there', () => {
    const page = (n: number) =>
      pageOf(
        ['a', 'b', 'c'].slice(0, n),
        2,
        (x) => x,
        (x) => [x],
      );
    expect(page(2)).toEqual({ items: ['a', 'b'], next: null });
    expect(page(3)).toEqual({ items: ['a', 'b'], next: encodeCursor(['b']) });
  });
});

describe('lag', () => {
  const at = (n: number) => position('e', 0, n);

  test('is nothing at the end of the log, however old that is', () => {
    expect(lagOf({ positions: [at(9)], lastAt: 1, caughtUpAt: 1 }, [at(9)], 100_000)).toEqual({
      commits: 0,
      seconds: 0,
    });
  });

  test('is counted from the last moment at which nothing was left, or from the last commit applied', () => {
    expect(lagOf({ positions: [at(4)], lastAt: 1000, caughtUpAt: 90_000 }, [at(9)], 93_000)).toEqual({
      commits: 5,
      seconds: 3,
    });
    expect(lagOf({ positions: [at(4)], lastAt: 92_000, caughtUpAt: 10 }, [at(9)], 93_000).seconds).toBe(1);
  });
});
