import { DaybookError } from '../../../../schemas/errors.ts';

/** Refuses by name what has no place in the other dialect. */
export function unsupported(param: string, why: string): never {
  throw new DaybookError('request.unsupported', `${param}: ${why}`, { param });
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The records of a list; anything else in it is the caller's mistake. */
export const records = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];
