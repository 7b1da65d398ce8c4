import { isDeepStrictEqual } from 'node:util';

/** The fields of `wanted` that are not as they are in `present`; undefined where all are. */
export function changesTo<Fields extends object>(present: object, wanted: Fields): Fields | undefined {
  const known: ReadonlyMap<string, unknown> = new Map(Object.entries(present));
  const changed = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && !isDeepStrictEqual(known.get(name) ?? null, value),
  );
  return changed.length === 0 ? undefined : (Object.fromEntries(changed) as Fields);
}
