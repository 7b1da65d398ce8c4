import { expect, test } from 'vitest';
import { dayIn, daysBefore, windowsOf } from './windows.ts';

const at = (iso: string) => Date.parse(iso);

test.each([
  ['2026-11-20', '2026-W47'],
  // The last days of a year may lie in the first week of the next, and the first in the last of the one before.
  ['2024-12-30', '2025-W01'],
  ['2024-12-29', '2024-W52'],
  ['2027-01-01', '2026-W53'],
  ['2027-01-03', '2026-W53'],
  ['2027-01-04', '2027-W01'],
  ['2023-01-01', '2022-W52'],
  ['2020-12-31', '2020-W53'],
  ['2024-02-29', '2024-W09'],
])('%s lies in the ISO week %s', (day, week) => {
  expect(windowsOf(day)).toEqual([day, week, day.slice(0, 7), 'total']);
});

test('the names of a period sort by time, so that a closed window is known by its name', () => {
  const days = Array.from({ length: 800 }, (_, index) => daysBefore('2027-03-01', 800 - index));
  for (const period of [0, 1, 2] as const) {
    const names = days.map((day) => windowsOf(day)[period]);
    expect(names).toEqual([...names].sort());
  }
});

test('a day begins at midnight of the time zone, also when clocks change', () => {
  expect(dayIn('Europe/Lisbon', at('2026-03-28T23:59:59Z'))).toBe('2026-03-28');
  expect(dayIn('Europe/Lisbon', at('2026-03-29T00:00:00Z'))).toBe('2026-03-29');
  // Summer time: midnight is 23:00 UTC of the day before.
  expect(dayIn('Europe/Lisbon', at('2026-03-29T22:59:59Z'))).toBe('2026-03-29');
  expect(dayIn('Europe/Lisbon', at('2026-03-29T23:00:00Z'))).toBe('2026-03-30');
  expect(dayIn('Europe/Lisbon', at('2026-10-25T23:30:00Z'))).toBe('2026-10-25');
  expect(dayIn('Asia/Kathmandu', at('2026-11-20T18:14:59Z'))).toBe('2026-11-20');
  expect(dayIn('Asia/Kathmandu', at('2026-11-20T18:15:00Z'))).toBe('2026-11-21');
});

test('a day that a zone skips has no windows, and the one after it does', () => {
  // Samoa went from 29 to 31 December 2011.
  expect(dayIn('Pacific/Apia', at('2011-12-30T09:59:59Z'))).toBe('2011-12-29');
  expect(dayIn('Pacific/Apia', at('2011-12-30T10:00:00Z'))).toBe('2011-12-31');
});

test('where clocks go back over midnight, the repeated hour is of the day that Intl says', () => {
  // Paraguay, 2024-03-24: 00:00 of the 24th becomes 23:00 of the 23rd.
  expect(dayIn('America/Asuncion', at('2024-03-24T02:59:59Z'))).toBe('2024-03-23');
  expect(dayIn('America/Asuncion', at('2024-03-24T03:00:00Z'))).toBe('2024-03-23');
  expect(dayIn('America/Asuncion', at('2024-03-24T04:00:00Z'))).toBe('2024-03-24');
});

test('a year ends at midnight of the time zone, not of UTC', () => {
  expect(windowsOf(dayIn('Pacific/Kiritimati', at('2026-12-31T10:00:00Z')))).toEqual([
    '2027-01-01',
    '2026-W53',
    '2027-01',
    'total',
  ]);
  expect(dayIn('Pacific/Pago_Pago', at('2027-01-01T10:59:59Z'))).toBe('2026-12-31');
});

test('asking for many moments in any order gives what Intl gives', () => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Sao_Paulo', dateStyle: 'short' });
  for (let i = 0; i < 2000; i++) {
    const moment = at('2026-01-01T00:00:00Z') + ((i * 7_919_123) % (400 * 86_400)) * 1000;
    expect(dayIn('America/Sao_Paulo', moment)).toBe(format.format(moment));
  }
});

test('refuses a time zone that does not exist', () => {
  expect(() => dayIn('Europe/Atlantis', 0)).toThrow(/IANA time zone/);
});
