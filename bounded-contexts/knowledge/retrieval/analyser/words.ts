/** Combining marks of Latin, Greek and Cyrillic; those of other scripts are letters in all but name, and stay. */
const marks = /[\u0300-\u036f]/g;
const beyondAscii = /[^\0-\x7f]/;
const undecomposed: ReadonlyMap<string, string> = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' }),
);

/** Letters without their accents, where they have a base in ASCII or in their own alphabet. Lower case in and out. */
export function fold(word: string): string {
  if (!beyondAscii.test(word)) return word;
  return word
    .normalize('NFD')
    .replace(marks, '')
    .replace(/[ßæœøđðþłı]/g, (letter) => undecomposed.get(letter) ?? letter)
    .normalize('NFC');
}

/** No word of a language is longer; what is, is data, and its beginning tells it from others. */
const longestWord = 64;
/** A mark on its own is no word. */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Scripts that put no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Words in lower case and NFKC, by which the ligatures of a PDF are letters again, in their order; pairs of
 * neighbouring letters where a script has no spaces.
 */
export function wordsOf(text: string): string[] {
  const found = text.normalize('NFKC').toLowerCase().match(word) ?? [];
  const out: string[] = [];
  for (const one of found) {
    if (beyondAscii.test(one) && unspaced.test(one)) {
      const letters = [...one];
      if (letters.length === 1) out.push(one);
      for (let at = 0; at + 1 < letters.length; at++) out.push(`${letters[at]}${letters[at + 1]}`);
    } else out.push(one.length > longestWord ? one.slice(0, longestWord) : one);
  }
  return out;
}
