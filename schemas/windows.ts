import { DaybookError } from './errors.ts';

/** The names of the four windows that contain a day: daily, weekly (ISO), monthly, total. */
export type Windows = readonly [daily: string, weekly: string, monthly: string, total: string];

const dayMs = 86_400_000;
const cache = new Map<string, Windows>();
let lastDay = '';
let lastWindows: Windows = ['', '', '', 'total'];

/** `2026-11-20` → `['2026-11-20', '2026-W47', '2026-11', 'total']`. Names of one period sort by time. */
export function windowsOf(day: string): Windows {
  if (day === lastDay) return lastWindows;
  let windows = cache.get(day);
  if (!windows) {
    windows = [day, isoWeek(day), day.slice(0, 7), 'total'];
    if (cache.size >= 1000) cache.clear();
    cache.set(day, windows);
  }
  lastDay = day;
  lastWindows = windows;
  return windows;
}

/** An ISO week belongs to the year that its Thursday is in. */
function isoWeek(day: string): string {
  const date = Date.parse(day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  const thursday = date + (3 - weekday) * dayMs;
  const year = new Date(thursday).getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * dayMs));
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** The date `days` before (or, negative, after) `day`. */
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * dayMs).toISOString().slice(0, 10);

interface Zone {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  day: string;
}

const zones = new Map<string, Zone>();

/**
 * The date at `at` (Unix ms) in an IANA time zone. One call of Intl a minute and zone: a day never begins
 * within a minute. Throws `request.invalid` for an unknown zone.
 */
export function dayIn(timeZone: string, at: number): string {
  let zone = zones.get(timeZone);
  if (!zone) {
    zone = { format: formatOf(timeZone), minute: Number.NaN, day: '' };
    zones.set(timeZone, zone);
  }
  const minute = Math.floor(at / 60_000);
  if (zone.minute !== minute) {
    const parts: Record<string, string> = {};
    for (const { type, value } of zone.format.formatToParts(at)) parts[type] = value;
    zone.day = `${parts.year}-${parts.month}-${parts.day}`;
    zone.minute = minute;
  }
  return zone.day;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  } catch (error) {
    throw new DaybookError(
      'request.invalid',
      `\`timeZone\` must be an IANA time zone such as "Europe/Lisbon", not ${JSON.stringify(timeZone)}.`,
      { param: 'timeZone' },
      { cause: error },
    );
  }
}
