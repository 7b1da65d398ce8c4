import type { Dice } from './dice.ts';
import { isRawNumber } from './hostile.ts';

type Holder = Record<string, unknown> | unknown[];

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && !isRawNumber(value);

/** Every place of a value that may be replaced. */
function placesOf(value: unknown): { holder: Holder; key: string | number }[] {
  const places: { holder: Holder; key: string | number }[] = [];
  const walk = (holder: unknown, depth: number) => {
    if (!isHolder(holder) || depth > 8) return;
    const keys = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
    for (const key of keys.slice(0, 40)) {
      places.push({ holder, key });
      walk(Reflect.get(holder, key), depth + 1);
    }
  };
  walk(value, 0);
  return places;
}

/** Puts `hostile` somewhere into a body, adds it under a name that nobody expects, or takes a field away. */
export function broken(body: unknown, hostile: unknown, dice: Dice): unknown {
  const places = placesOf(body);
  if (places.length === 0 || dice.once(12)) return hostile;
  const { holder, key } = dice.pick(places);
  switch (dice.roll(6)) {
    case 0:
      if (!Array.isArray(holder)) delete holder[key];
      else holder.length = 0;
      return body;
    case 1: {
      const names = ['tenant', 'tenantId', 'role', '__proto__', 'constructor', 'key', ''];
      const name = dice.pick(names);
      const own = { value: hostile, enumerable: true, writable: true, configurable: true };
      Object.defineProperty(isHolder(body) && !Array.isArray(body) ? body : holder, name, own);
      return body;
    }
    default:
      Reflect.set(holder, key, hostile);
      return body;
  }
}

/** JSON in which numbers stand that JavaScript cannot hold. */
export const jsonOf = (value: unknown): string =>
  (
    JSON.stringify(value, (_key, inner: unknown) =>
      isRawNumber(inner) ? `\u0001${inner.rawNumber}\u0001` : inner,
    ) ?? 'undefined'
  ).replaceAll(/"\\u0001([^"\\]*)\\u0001"/g, '$1');

/** Breaks the text of a body, below what JSON can say. */
export function brokenText(json: string, dice: Dice): Buffer {
  const text = Buffer.from(json);
  const at = dice.roll(text.length + 1);
  const cut = (more: Uint8Array) => Buffer.concat([text.subarray(0, at), more, text.subarray(at)]);
  switch (dice.roll(7)) {
    case 0:
      return text.subarray(0, at);
    case 1:
      return cut(Uint8Array.of(0xff, 0xfe));
    case 2:
      return cut(Uint8Array.of(0xed, 0xa0, 0x80));
    case 3:
      return cut(Uint8Array.of(0));
    case 4:
      // The same key twice, the second one of another type.
      return Buffer.from(json.replace(/\{"([^"]+)":/, '{"$1":[[]],"$1":'));
    case 5:
      return Buffer.from(`${'['.repeat(100 + dice.roll(5_000))}`);
    default:
      return Buffer.concat([text, Buffer.from('}garbage')]);
  }
}
