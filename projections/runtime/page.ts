import { DaybookError } from '../../schemas/errors.ts';

/** One page of a list. `next` is null on the last one; else it goes into the next query as `cursor`. */
export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

export interface PageOptions {
  readonly cursor?: string | undefined;
  /** 1 to 1000. Default 50. */
  readonly limit?: number | undefined;
}

export const limitOf = ({ limit = 50 }: PageOptions): number =>
  Math.max(1, Math.min(1000, Math.floor(limit)));

/**
 * A cursor names the last row of a page by its own columns, never by a sequence of the log: that would tell a
 * tenant how much the others do.
 */
export const encodeCursor = (values: readonly string[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

/** What a value of a cursor is to the database, which would fail on anything else. */
export type CursorValue = 'text' | 'integer' | 'time';

const integer = /^\d{1,9}$/;
/** As Postgres writes a time with its zone. */
const time = /^(\d{4})-(\d\d)-(\d\d) \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-](?:0\d|1[0-4])(?::[0-5]\d)?$/;

function isTime(value: string): boolean {
  const [, year = '', month = '', day = ''] = time.exec(value) ?? [];
  // JavaScript takes the 31st of February for a day of March, and knows the year 0; Postgres takes neither.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const iso = value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');
  return Number(year) > 0 && date.getUTCDate() === Number(day) && !Number.isNaN(Date.parse(iso));
}

const holds: Readonly<Record<CursorValue, (value: string) => boolean>> = {
  text: (value) => !value.includes('\0'),
  integer: (value) => integer.test(value),
  time: isTime,
};

/** Throws `request.invalid` for what was not made by {@link encodeCursor} of such values. */
export function decodeCursor(cursor: string, kinds: readonly CursorValue[]): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(values) &&
      values.length === kinds.length &&
      values.every((each) => typeof each === 'string') &&
      values.every((value, index) => holds[kinds[index] ?? 'text'](value))
    ) {
      return values;
    }
  } catch {
    // Said below.
  }
  throw new DaybookError('request.invalid', 'The cursor is not one that this list gave.', {
    param: 'cursor',
  });
}

/** `rows` were asked for with one more than `limit`, so that the last page is known. */
export function pageOf<Raw, Row>(
  rows: readonly Raw[],
  limit: number,
  rowOf: (raw: Raw) => Row,
  cursorOf: (raw: Raw) => readonly string[],
): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  return {
    items: shown.map(rowOf),
    next: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null,
  };
}

/** What of a tenant's rows a caller may see; what is undefined does not bound. */
export interface Within {
  readonly departments?: readonly string[] | undefined;
  readonly user?: string | undefined;
}

/** Collects `where` conditions with their parameters. */
export function conditions(): {
  add(sql: (parameter: string) => string, value: unknown): void;
  /** The number of the next parameter, for more than conditions. */
  parameter(value: unknown): string;
  readonly where: string;
  readonly values: unknown[];
} {
  const parts: string[] = [];
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  return {
    parameter,
    add(sql, value) {
      if (value !== undefined) parts.push(sql(parameter(value)));
    },
    get where() {
      return parts.length === 0 ? '' : `where ${parts.join(' and ')}`;
    },
    values,
  };
}
