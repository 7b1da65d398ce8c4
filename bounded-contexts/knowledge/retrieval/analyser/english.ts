/**
 * The English stemmer ("Porter2") of the Snowball project, by its published description
 * (snowballstem.org/algorithms/english/stemmer.html): what is left of a word when its inflections and most common
 * derivations are taken away. Words are lower case and of ASCII letters; an apostrophe never reaches it.
 */
const vowel = /[aeiouy]/;
const doubles = new Set(['bb', 'dd', 'ff', 'gg', 'mm', 'nn', 'pp', 'rr', 'tt']);
const beforeLi = /[cdeghkmnrt]$/;

/** Words whose stem no rule finds. */
const exceptions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
    sky: 'sky',
    news: 'news',
    howe: 'howe',
    atlas: 'atlas',
    cosmos: 'cosmos',
    bias: 'bias',
    andes: 'andes',
  }),
);
/** Words that are left alone once their plural is gone. */
const invariable = new Set([
  'inning',
  'outing',
  'canning',
  'herring',
  'earring',
  'evening',
  'proceed',
  'exceed',
  'succeed',
]);

/** Where R1 begins: after the first consonant that follows a vowel. */
function regionAfter(word: string, from: number): number {
  for (let at = from + 1; at < word.length; at++)
    if (!isVowel(word, at) && isVowel(word, at - 1)) return at + 1;
  return word.length;
}

/** `Y` stands for a y that is a consonant. */
const isVowel = (word: string, at: number): boolean => vowel.test(word.charAt(at));
const hasVowel = (text: string): boolean => vowel.test(text);

function endsShort(word: string): boolean {
  const last = word.length - 1;
  if (word.length === 2) return isVowel(word, 0) && !isVowel(word, 1);
  if (word === 'past') return true;
  return (
    word.length > 2 &&
    !isVowel(word, last) &&
    !/[wxY]/.test(word.charAt(last)) &&
    isVowel(word, last - 1) &&
    !isVowel(word, last - 2)
  );
}

function markConsonantY(word: string): string {
  let out = '';
  for (let at = 0; at < word.length; at++) {
    const letter = word.charAt(at);
    out += letter === 'y' && (at === 0 || vowel.test(out.charAt(at - 1))) ? 'Y' : letter;
  }
  return out;
}

function plural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (word.endsWith('ied') || word.endsWith('ies')) return word.slice(0, word.length > 4 ? -2 : -1);
  if (word.endsWith('us') || word.endsWith('ss')) return word;
  if (word.endsWith('s') && hasVowel(word.slice(0, -2))) return word.slice(0, -1);
  return word;
}

function pastAndGerund(word: string, r1: number): string {
  const eed = /(eedly|eed)$/.exec(word);
  if (eed) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word;
  const ending = /(ingly|edly|ing|ed)$/.exec(word);
  if (!ending) return word;
  const stem = word.slice(0, ending.index);
  if (ending[0] === 'ing' && /^[^aeiouy]y$/.test(stem)) return `${stem.slice(0, -1)}ie`;
  if (!hasVowel(stem)) return word;
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (doubles.has(stem.slice(-2))) return /^[aeo](.)\1$/.test(stem) ? stem : stem.slice(0, -1);
  return stem.length <= r1 && endsShort(stem) ? `${stem}e` : stem;
}

type Rule = readonly [suffix: string, replacement: string, only?: (stem: string) => boolean];

/** Longest suffix first: only it is tried. */
function replaceIn(word: string, region: number, rules: readonly Rule[]): string {
  for (const [suffix, replacement, only] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return stem.length >= region && (!only || only(stem)) ? stem + replacement : word;
  }
  return word;
}

const step2: readonly Rule[] = [
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['iveness', 'ive'],
  ['ization', 'ize'],
  ['ousness', 'ous'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['tional', 'tion'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ation', 'ate'],
  ['entli', 'ent'],
  ['fulli', 'ful'],
  ['iviti', 'ive'],
  ['ousli', 'ous'],
  ['ogist', 'og'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['anci', 'ance'],
  ['ator', 'ate'],
  ['enci', 'ence'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['ogi', 'og', (stem) => stem.endsWith('l')],
  ['li', '', (stem) => beforeLi.test(stem)],
];
const step3 = (r2: number): readonly Rule[] => [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['ative', '', (stem) => stem.length >= r2],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];
const step4: readonly Rule[] = [
  ['ement', ''],
  ['able', ''],
  ['ance', ''],
  ['ence', ''],
  ['ible', ''],
  ['ment', ''],
  ['ant', ''],
  ['ate', ''],
  ['ent', ''],
  ['ion', '', (stem) => /[st]$/.test(stem)],
  ['ism', ''],
  ['iti', ''],
  ['ive', ''],
  ['ize', ''],
  ['ous', ''],
  ['al', ''],
  ['er', ''],
  ['ic', ''],
];

export function stemEnglish(input: string): string {
  if (input.length < 3) return input;
  const exception = exceptions.get(input);
  if (exception !== undefined) return exception;
  let word = markConsonantY(input);
  const prefix = /^(gener|commun|arsen|past|univers|later|emerg|organ|inter)/.exec(word)?.[0];
  const r1 = prefix?.length ?? regionAfter(word, 0);
  const r2 = regionAfter(word, r1);
  word = plural(word);
  if (invariable.has(word)) return word;
  word = pastAndGerund(word, r1);
  if (/[^aeiouy][yY]$/.test(word) && word.length > 2) word = `${word.slice(0, -1)}i`;
  word = replaceIn(word, r1, step2);
  word = replaceIn(word, r1, step3(r2));
  word = replaceIn(word, r2, step4);
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1);
    if (stem.length >= r2 || (stem.length >= r1 && !endsShort(stem))) word = stem;
  } else if (word.endsWith('ll') && word.length - 1 >= r2) word = word.slice(0, -1);
  return word.replaceAll('Y', 'y');
}
