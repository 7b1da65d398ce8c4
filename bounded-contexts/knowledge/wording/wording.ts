import {
  asked,
  calendar,
  englishMarks,
  negations,
  opposite,
  poleOf,
  portugueseMarks,
  stopWords,
  unitNames,
} from './lexicon.ts';
import { numbersIn, type Stated, sameNumber } from './numbers.ts';

/** What of a sentence must not get lost when another is held against it. */
export interface Wording {
  readonly numbers: readonly Stated[];
  /** Names, folded: capitals within a sentence, capitals inside words, letters with digits, months, rare words. */
  readonly names: ReadonlySet<string>;
  /** Words with a capital that begin a sentence: names, or not. */
  readonly perhapsNames: ReadonlySet<string>;
  readonly negated: boolean;
  /** What is asked for: `who`, `when`, `amount` … */
  readonly asks: ReadonlySet<string>;
  /** Words with an opposite, as `+rise`, `-rise`. */
  readonly poles: ReadonlySet<string>;
  /** Words that carry meaning, folded and cut to six letters, which is a stem in most cases. */
  readonly words: ReadonlySet<string>;
  /** All words, folded and whole. */
  readonly spelled: ReadonlySet<string>;
}

/** Lower case without diacritics. */
export const plainWord = (word: string): string =>
  word
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('’', "'");

const token = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
const beginsSentence = /(?:^|[.!?:;\n"“”«([*•–—-])\s*$/u;
const stemLength = 6;

/** `5kg`, `2nd`, `3x`: a number, no name. */
function isQuantity(raw: string): boolean {
  const tail = /^\d+(\p{L}+)$/u.exec(raw)?.[1]?.toLowerCase();
  return tail !== undefined && (unitNames.has(tail) || /^(?:st|nd|rd|th|x|k|mil)$/.test(tail));
}

/** Whether a text is more likely Portuguese than English, by words that only one of them has. */
export function looksPortuguese(tokens: readonly string[]): boolean {
  let sum = 0;
  for (const word of tokens) sum += (portugueseMarks.has(word) ? 1 : 0) - (englishMarks.has(word) ? 1 : 0);
  return sum > 0;
}

/**
 * Reads a sentence's wording, in English and Portuguese; a heuristic that knows no grammar. `isRare` may say of a
 * folded word that it is rare in the collection: it then counts as a name, which helps where people write names in
 * lower case. Linear.
 */
export function wordingOf(text: string, isRare: (word: string) => boolean = () => false): Wording {
  const names = new Set<string>();
  const perhapsNames = new Set<string>();
  const asks = new Set<string>();
  const poles = new Set<string>();
  const words = new Set<string>();
  const found = Array.from(text.matchAll(token), ({ 0: raw, index }) => ({
    raw,
    index,
    word: plainWord(raw),
  }));
  const portuguese = looksPortuguese(found.map(({ word }) => word));
  // Where all is in capitals, capitals say nothing.
  const capitalsSpeak = /\p{Ll}/u.test(text);
  let negated = false;
  for (const { raw, index, word } of found) {
    if (negations.has(word) || /n't$/.test(word) || (word === 'no' && !portuguese)) negated = true;
    const pole = poleOf.get(word);
    if (pole !== undefined) poles.add(pole);
    const ask = asked.get(word);
    if (ask !== undefined) asks.add(ask);
    const ofCurrency = text.charAt(index + raw.length) === '$';
    if (stopWords.has(word) || /^\d+$/.test(word) || ofCurrency) continue;
    words.add(word.slice(0, stemLength));
    const mixed = /\p{L}/u.test(raw) && /\p{N}/u.test(raw) && !isQuantity(raw);
    const inner = capitalsSpeak && /.\p{Lu}/u.test(raw);
    if (mixed || inner || calendar.has(word) || isRare(word)) names.add(word);
    else if (capitalsSpeak && /^\p{Lu}/u.test(raw))
      (beginsSentence.test(text.slice(Math.max(0, index - 4), index)) ? perhapsNames : names).add(word);
  }
  const spelled = new Set(found.map(({ word }) => word));
  return { spelled, numbers: numbersIn(text), names, perhapsNames, negated, asks, poles, words };
}

/** A word of one that is the opposite of a word of the other, and in neither beside it. */
export function opposed(a: Wording, b: Wording): boolean {
  for (const pole of a.poles)
    if (b.poles.has(opposite(pole)) && !b.poles.has(pole) && !a.poles.has(opposite(pole))) return true;
  return false;
}

/** The share of `part`'s words that `whole` has; 1 where `part` has none. */
export function sharedWords(part: Wording, whole: Wording): number {
  if (part.words.size === 0) return 1;
  let shared = 0;
  for (const word of part.words) if (whole.words.has(word)) shared += 1;
  return shared / part.words.size;
}

export const missingNumbers = (from: Wording, within: Wording): Stated[] =>
  from.numbers.filter((one) => !within.numbers.some((other) => sameNumber(one, other)));

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));

/** Whether each name of one, and what may be one, is a word of the other, in whichever case it is written there. */
const namesWithin = (a: Wording, b: Wording): boolean =>
  [...a.names, ...a.perhapsNames].every((name) => b.spelled.has(name));

/**
 * Whether two questions have the same numbers, names and negation, ask for the same kind of thing and have no opposite
 * words: necessary, not sufficient, for one answer to fit both.
 */
export function sameFacts(a: Wording, b: Wording): boolean {
  if (a.numbers.length !== b.numbers.length) return false;
  if (missingNumbers(a, b).length > 0 || missingNumbers(b, a).length > 0) return false;
  if (a.negated !== b.negated || opposed(a, b)) return false;
  return sameSet(a.asks, b.asks) && namesWithin(a, b) && namesWithin(b, a);
}
