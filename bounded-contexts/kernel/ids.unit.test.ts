import { expect, it } from 'vitest';
import { timeOfUuidv7, uuidv7 } from './index.ts';

it('makes ids that are unique, in order, and valid UUIDs of version 7', () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => timeOfUuidv7(id) !== undefined)).toBe(true);
});

it('carries the time that it was made at', () => {
  const before = Date.now();
  const time = timeOfUuidv7(uuidv7()) ?? 0;
  // The counter may run a few milliseconds ahead of the clock in a burst.
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThan(before + 1000);
});

it('takes a time of the caller as it is, without moving the clock of other ids', () => {
  for (const time of [0, 1_700_000_000_000, 4_000_000_000_000]) expect(timeOfUuidv7(uuidv7(time))).toBe(time);
  expect(timeOfUuidv7(uuidv7())).toBeLessThan(Date.now() + 1000);
});

it('finds no time in what is not a UUID of version 7', () => {
  for (const id of ['', 'x', '01a1fc98-a288-4000-abbb-eea2256e8eb1', uuidv7().toUpperCase().concat('0')]) {
    expect(timeOfUuidv7(id)).toBeUndefined();
  }
});
