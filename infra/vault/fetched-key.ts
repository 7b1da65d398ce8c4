import type { KeyObject } from 'node:crypto';

/** A key that is fetched once and then at hand, so that whoever seals with it again need not wait. */
export interface FetchedKey {
  readonly made: Promise<KeyObject | null>;
  readonly key: KeyObject | undefined;
}

/** `forget` is called where there is none, or it could not be fetched. */
export function fetched(made: Promise<KeyObject | null>, forget: () => void): FetchedKey {
  const one: { made: FetchedKey['made']; key: KeyObject | undefined } = { made, key: undefined };
  made.then((key) => {
    if (key) one.key = key;
    else forget();
  }, forget);
  return one;
}
