/** What a code point becomes before texts are compared: any number of UTF-16 units, none to leave it out. */
export type Fold = (codePoint: number) => string;

/** A text as it is compared, and the way back to where each part of it stands in the original. */
export interface Folded {
  readonly text: string;
  /** The original span of the folded span `start` to `end` (not empty): UTF-16 offsets. */
  origin(start: number, end: number): { readonly start: number; readonly end: number };
}

export interface FoldOptions {
  /** A run of white space becomes one space, at either end none. Default false. */
  readonly collapse?: boolean;
  /** A hyphen between letters is left out, with the line's end after it. Default false. */
  readonly joinHyphens?: boolean;
}

const combining = (code: number) => code >= 0x300 && code <= 0x36f;
const isHyphen = (code: number) => code === 0x2d || code === 0x2010 || code === 0x2011;
const isSpace = (code: number) =>
  code === 0x20 ||
  (code >= 9 && code <= 13) ||
  code === 0xa0 ||
  code === 0x1680 ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x2028 ||
  code === 0x2029 ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x3000;

const letter = /\p{L}/u;
const wordCharacter = /[\p{L}\p{N}]/u;
const asciiLetter = (code: number) => (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
const isLetter = (code: number) =>
  code < 0x80 ? asciiLetter(code) : letter.test(String.fromCodePoint(code));

/** Whether the character at `index` is a letter or a digit; false beyond either end. */
export function inWord(text: string, index: number): boolean {
  const code = text.codePointAt(index);
  if (code === undefined) return false;
  if (code < 0x80) return asciiLetter(code) || (code >= 0x30 && code <= 0x39);
  // The lower half of a pair that begins before `index`.
  if (code >= 0xdc00 && code <= 0xdfff) return index > 0 && inWord(text, index - 1);
  return wordCharacter.test(String.fromCodePoint(code));
}

/** Remembers what each code point becomes: texts are long, alphabets are not. */
export function remembered(fold: Fold): Fold {
  const known = new Map<number, string>();
  return (code) => {
    let to = known.get(code);
    if (to === undefined) {
      to = fold(code);
      known.set(code, to);
    }
    return to;
  };
}

/** Where a hyphen at `at` joins two halves of a word, the offset of the second half; else -1. */
function joined(text: string, at: number): number {
  if (at === 0 || !isLetter(text.codePointAt(at - 1) as number)) return -1;
  let next = at + 1;
  let line = false;
  while (next < text.length && isSpace(text.charCodeAt(next))) {
    if (text.charCodeAt(next) === 10) line = true;
    next += 1;
  }
  if (next > at + 1 && !line) return -1;
  const code = text.codePointAt(next);
  return code !== undefined && isLetter(code) ? next : -1;
}

/** Folds a text in one pass. Time and memory are linear in its length. */
export function folded(text: string, fold: Fold, options: FoldOptions = {}): Folded {
  const { collapse = false, joinHyphens = false } = options;
  let room = text.length + 16;
  let codes = new Uint16Array(room);
  let starts = new Uint32Array(room);
  let lengths = new Uint8Array(room);
  let used = 0;
  const put = (code: number, start: number, length: number) => {
    if (used === room) {
      room *= 2;
      const grow = <T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T => {
        to.set(from);
        return to;
      };
      codes = grow(codes, new Uint16Array(room));
      starts = grow(starts, new Uint32Array(room));
      lengths = grow(lengths, new Uint8Array(room));
    }
    codes[used] = code;
    starts[used] = start;
    lengths[used] = length;
    used += 1;
  };
  let space = -1;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number;
    const length = code > 0xffff ? 2 : 1;
    if (collapse && isSpace(code)) {
      if (space === -1) space = at;
      at += 1;
      continue;
    }
    if (joinHyphens && isHyphen(code)) {
      const next = joined(text, at);
      if (next !== -1) {
        at = next;
        continue;
      }
    }
    const to = fold(code);
    if (to === '' && combining(code) && used > 0 && space === -1) {
      // A mark that is not compared still belongs to its letter.
      const before = used - 1;
      const whole = at + 1 - (starts[before] as number);
      if (whole < 256) lengths[before] = whole;
    }
    if (to !== '') {
      if (space !== -1 && used > 0) put(0x20, space, 1);
      space = -1;
      for (let unit = 0; unit < to.length; unit++) put(to.charCodeAt(unit), at, length);
    }
    at += length;
  }
  let out = '';
  for (let at = 0; at < used; at += 8192)
    out += String.fromCharCode(...codes.subarray(at, Math.min(at + 8192, used)));
  return {
    text: out,
    origin: (start, end) => ({
      start: starts[start] as number,
      end: (starts[end - 1] as number) + (lengths[end - 1] as number),
    }),
  };
}
