import { DaybookError } from '../../../schemas/errors.ts';
import type { Json } from './translation.ts';

/** Reading of what others wrote: a wrong type reads as if it were not there. */

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

export const objectsOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Parsed, where it is an object. */
export function parsedObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What chat completions cannot be asked for is refused by its name, never dropped. */
export const unsupported = (param: string, why: string): DaybookError =>
  new DaybookError('request.unsupported', `${param}: ${why}.`, { param });

/** Throws `request.unsupported` for the first field that is set and not in `known`. */
export function refuseOthers(body: Json, known: ReadonlySet<string>, path = ''): void {
  for (const [field, value] of Object.entries(body)) {
    if (value !== null && value !== undefined && !known.has(field))
      throw unsupported(path + field, 'a model that is reached by chat completions cannot be asked for it');
  }
}

/** The fields of `body` that are set, of those named. */
export const pick = (body: Json, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(fields.flatMap((field) => (body[field] == null ? [] : [[field, body[field]]])));
