import { type Folded, folded, remembered } from '../wording/index.ts';

/** What takes no place on a screen: marks of direction, joiners, fillers, variation selectors. */
const invisible = /^(?:\p{Cf}|\u034f|[\u115f\u1160\u17b4\u17b5\u3164]|\p{Variation_Selector})$/u;
const dashes = /^[\u2010-\u2015\u2212]$/u;

/** ASCII that is smuggled as tag characters, which no screen shows. */
const tagged = (code: number): string | undefined =>
  code >= 0xe0020 && code <= 0xe007e ? String.fromCodePoint(code - 0xe0000) : undefined;

/** Letters of other scripts that look like a Latin one (a selection of Unicode's confusables, UTS 39). */
const lookalikes = new Map(
  Object.entries({
    a: 'аαɑ',
    b: 'Ьв',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еєε',
    g: 'ɡ',
    h: 'һн',
    i: 'іιɩı',
    j: 'ј',
    k: 'кκ',
    l: 'ӏ',
    m: 'м',
    n: 'пη',
    o: 'оοσ',
    p: 'рρ',
    q: 'ԛ',
    r: 'г',
    s: 'ѕ',
    t: 'тτ',
    u: 'υ',
    v: 'ѵν',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγ',
    z: 'ᴢ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

function plain(code: number): string {
  const tag = tagged(code);
  if (tag !== undefined) return tag;
  const character = String.fromCodePoint(code);
  if (invisible.test(character) || (code >= 0xe0000 && code <= 0xe007f)) return '';
  if (dashes.test(character)) return '-';
  // A few signs stand for a whole sentence (U+FDFA): they are left, since a text must not grow by it.
  const apart = character.normalize('NFKD');
  return (apart.length > 8 ? character : apart).replace(/[\u0300-\u036f]/g, '').replace(/\p{Zs}/gu, ' ');
}

const keepCase = remembered(plain);
const skeleton = remembered((code) => {
  const lower = plain(code)
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '');
  return [...lower].map((character) => lookalikes.get(character) ?? character).join('');
});

/** Digits and letters in their plain form, without what cannot be seen; case is kept. */
export const foldPlain = (text: string): Folded => folded(text, keepCase);

/** As {@link foldPlain}, in lower case, letters that only look Latin as what they look like. */
export const foldSkeleton = (text: string): Folded => folded(text, skeleton);
