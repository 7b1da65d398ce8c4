import { DaybookError } from '../../schemas/errors.ts';

/** A piece of a file, or (`length` 0) nothing but the word that all of it is there. */
export interface ContentRange {
  readonly from: number | null;
  readonly length: number;
  readonly total: number;
}

const pattern = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/;

/** `bytes 0-1023/4096`, or `bytes * /4096` (without the space). Throws `request.invalid`. */
export function contentRange(header: string | undefined): ContentRange {
  const match = pattern.exec(header ?? '');
  const total = Number(match?.[3]);
  const [first, last] = [match?.[1], match?.[2]].map((text) =>
    text === undefined ? undefined : Number(text),
  );
  const whole = match !== null && first === undefined;
  if (whole) return { from: null, length: 0, total };
  if (first === undefined || last === undefined || last < first || last >= total)
    throw new DaybookError(
      'request.invalid',
      'content-range: wants `bytes <first>-<last>/<all>`, such as `bytes 0-1023/4096`.',
      { param: 'content-range' },
    );
  return { from: first, length: last - first + 1, total };
}
