/**
 * The analyser: text to terms, the same for what is indexed and for what is asked. Per language it takes words in
 * NFKC and lower case, drops stop words, stems (Snowball) and folds accents away; a language that it does not know is
 * only folded. Change anything of it, and `analyserVersion` must change with it: terms of two versions do not meet.
 */
import { stemEnglish } from './english.ts';
import { stemPortuguese } from './portuguese.ts';
import { englishStopWords, portugueseStopWords } from './stop-words.ts';
import { fold, wordsOf } from './words.ts';

export { wordsOf };

/** Kept with an index; another version means that it must be made again. */
export const analyserVersion = 1;

const analysers = ['en', 'pt', 'none'] as const;
export type Analyser = (typeof analysers)[number];

/** Of a BCP 47 tag: `pt-BR` has Portuguese's, and what is not known has `none`. */
export function analyserOf(language: string | undefined): Analyser {
  const primary = language?.toLowerCase().split(/[-_]/)[0];
  return analysers.find((one) => one === primary) ?? 'none';
}

const stopWords: Readonly<Record<Analyser, ReadonlySet<string>>> = {
  en: englishStopWords,
  pt: portugueseStopWords,
  none: new Set(),
};

/** Endings whose accents people leave out in a hurry, so that `reclamacao` is found as `reclamação` is. */
const restored: readonly (readonly [RegExp, string])[] = [
  [/cao$/, 'ção'],
  [/coes$/, 'ções'],
  [/ancia(s?)$/, 'ância$1'],
  [/encia(s?)$/, 'ência$1'],
  [/avel$/, 'ável'],
  [/ivel$/, 'ível'],
];

function withAccents(word: string): string {
  for (const [pattern, replacement] of restored)
    if (pattern.test(word)) return word.replace(pattern, replacement);
  return word;
}

const stems: Readonly<Record<Analyser, (word: string) => string>> = {
  en: (word) => stemEnglish(fold(word)),
  pt: (word) => fold(stemPortuguese(withAccents(word))),
  none: fold,
};

/** Stems that were found, by word: text repeats itself. Forgotten all at once when there are many. */
const memo: Readonly<Record<Analyser, Map<string, string>>> = {
  en: new Map(),
  pt: new Map(),
  none: new Map(),
};
const mostRemembered = 50_000;

function stem(word: string, analyser: Analyser): string {
  const known = memo[analyser].get(word);
  if (known !== undefined) return known;
  const found = stems[analyser](word);
  if (memo[analyser].size >= mostRemembered) memo[analyser].clear();
  memo[analyser].set(word, found);
  return found;
}

/** The terms of a text in their order, with repetitions. */
export function analyse(text: string, analyser: Analyser): string[] {
  const terms: string[] = [];
  for (const word of wordsOf(text)) if (!stopWords[analyser].has(word)) terms.push(stem(word, analyser));
  return terms;
}

/**
 * The terms of a question for documents of `analyser`'s language. Stop words of the question's own language are
 * dropped too: "the" is rare in Portuguese text, and would count for much there.
 */
export function analyseQuery(text: string, analyser: Analyser, language?: string): string[] {
  const own = stopWords[language === undefined ? guessLanguage(text) : analyserOf(language)];
  const terms: string[] = [];
  for (const word of wordsOf(text))
    if (!stopWords[analyser].has(word) && !own.has(word)) terms.push(stem(word, analyser));
  return terms;
}

/** A word whose language nobody knows: its letters, and what each stemmer makes of it. */
export interface Word {
  readonly letters: string;
  /** Without repetition. */
  readonly stems: readonly string[];
}

/** The words of a text in any language, without stop words of one of them, unless there are no others. */
export function analyseAny(text: string): Word[] {
  const words = wordsOf(text);
  const telling = words.filter((word) => !englishStopWords.has(word) && !portugueseStopWords.has(word));
  return (telling.length > 0 ? telling : words).map((word) => ({
    letters: fold(word),
    stems: [...new Set([stem(word, 'en'), stem(word, 'pt')])],
  }));
}

/** Of a text in English or Portuguese, stop words are some 40 %; other languages share a few of them by chance. */
const leastShare = 0.15;

/** The language whose stop words a text has most of, if it has enough; its first 2,000 letters are read. */
export function guessLanguage(text: string): Analyser {
  const words = wordsOf(text.slice(0, 2_000));
  const english = words.filter((word) => englishStopWords.has(word)).length;
  const portuguese = words.filter((word) => portugueseStopWords.has(word)).length;
  if (english === portuguese || Math.max(english, portuguese) < leastShare * words.length) return 'none';
  return english > portuguese ? 'en' : 'pt';
}
