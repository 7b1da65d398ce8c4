/**
 * An estimate of the tokens of a text for an embedding model whose tokenizer is not at hand: a word in Latin letters
 * is one token for each seven letters begun (a letter with an accent counts twice), of other alphabets for each three;
 * digits go in threes, marks, emoji and ideographs singly; white space is free. Right within about a fifth for English
 * and Portuguese prose; no bound. It never counts more for a text than for its parts together.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let kind = space;
  let weight = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = kindOf(code);
    if (next !== kind) {
      tokens += Math.ceil(weight / (perToken[kind] ?? 1));
      kind = next;
      weight = 0;
    }
    if (next === latin) weight += code < 128 ? 1 : 2;
    else if (next !== space) weight += 1;
  }
  return tokens + Math.ceil(weight / (perToken[kind] ?? 1));
}

const space = 0;
const latin = 1;
const digit = 2;
const otherLetter = 3;
const single = 4;
/** Characters a token, by kind. */
const perToken: readonly number[] = [1, 7, 3, 3, 1];

function kindOf(code: number): number {
  if (code < 128) {
    if (code <= 32) return space;
    const lower = code | 32;
    if (lower >= 97 && lower <= 122) return latin;
    return code >= 48 && code <= 57 ? digit : single;
  }
  if (code === 0xa0 || code === 0x3000) return space;
  if (code >= 0xc0 && code < 0x250) return latin;
  if (code >= 0x370 && code < 0x2000) return otherLetter;
  // The second half of a pair was counted with the first.
  return code >= 0xdc00 && code <= 0xdfff ? space : single;
}
