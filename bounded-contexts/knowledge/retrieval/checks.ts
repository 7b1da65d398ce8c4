import { DaybookError } from '../../../schemas/errors.ts';
import type { ChunkQuery, Filter } from './ports.ts';

const refused = (field: string, why: string) =>
  new DaybookError('request.invalid', `${field}: ${why}`, { param: field });

/** Throws `request.invalid` where a filter names no department, or a moment that is none. */
export function checkFilter({ departments, from, to }: Filter): void {
  if (departments.length === 0) throw refused('filter.departments', 'name at least one department.');
  for (const [field, moment] of Object.entries({ from, to }))
    if (moment !== undefined && Number.isNaN(Date.parse(moment)))
      throw refused(`filter.${field}`, `${moment} is no moment in ISO 8601.`);
}

/** Throws `request.invalid`; every store asks this first, so that all refuse the same. */
export function checkQuery({ k, overFetch = 2, filter, weights }: ChunkQuery): void {
  if (!Number.isInteger(k) || k < 1 || k > 1_000)
    throw refused('k', 'a whole number from 1 to 1000 is wanted.');
  if (!(overFetch >= 1 && overFetch <= 10)) throw refused('overFetch', 'from 1 to 10.');
  if (weights && !(weights.dense >= 0 && weights.keyword >= 0 && weights.dense + weights.keyword > 0))
    throw refused('weights', 'none is below 0, and not both are 0.');
  checkFilter(filter);
}

/** Whether a vector points anywhere: zeros do not, nor does what is not a number. Such a vector is near to nothing. */
export function hasDirection(vector: Float32Array): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return squares > 0 && Number.isFinite(squares);
}
