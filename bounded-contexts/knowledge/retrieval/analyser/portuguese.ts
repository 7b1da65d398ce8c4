/**
 * The Portuguese stemmer of the Snowball project, by its published description
 * (snowballstem.org/algorithms/portuguese/stemmer.html). Words are lower case and keep their accents, which tell
 * endings apart; folding comes after.
 */
const vowel = /[aeiouáéíóúâêô]/;

/** R1 and R2: what follows the first consonant after a vowel, and the same again. */
function regionAfter(word: string, from: number): number {
  for (let at = from + 1; at < word.length; at++)
    if (!vowel.test(word.charAt(at)) && vowel.test(word.charAt(at - 1))) return at + 1;
  return word.length;
}

/** RV: by what the first two letters are, what follows the next vowel, the next consonant, or the third letter. */
function verbRegion(word: string): number {
  const next = (isVowel: boolean) => {
    for (let at = 2; at < word.length; at++) if (vowel.test(word.charAt(at)) === isVowel) return at + 1;
    return word.length;
  };
  if (word.length < 3) return word.length;
  const [first, second] = [vowel.test(word.charAt(0)), vowel.test(word.charAt(1))];
  if (!second) return next(true);
  if (first) return next(false);
  return 3;
}

/** Endings, longest first: only the longest that the word has is tried. */
const endings = (text: string): readonly string[] =>
  text
    .trim()
    .split(/\s+/)
    .sort((a, b) => b.length - a.length);
const longest = (word: string, list: readonly string[]): string | undefined =>
  list.find((ending) => word.endsWith(ending));

const derivations = endings(`
  eza ezas ico ica icos icas ismo ismos ável ível ista istas oso osa osos osas amento amentos imento imentos
  adora ador aça~o adoras adores aço~es ante antes ância ância âncias`);
const others = endings(`
  logia logias uça~o uço~es ência ências amente mente idade idades iva ivo ivas ivos ira iras`);
const derivational = [...derivations, ...others].sort((a, b) => b.length - a.length);
const verbs = endings(`
  ada ida ia aria eria iria ará ara erá era irá ava asse esse isse aste este iste ei arei erei irei am iam ariam
  eriam iriam aram eram iram avam em arem erem irem assem essem issem ado ido ando endo indo ara~o era~o ira~o ar
  er ir as adas idas ias arias erias irias arás aras erás eras irás avas es ardes erdes irdes ares eres ires asses
  esses isses astes estes istes is ais eis íeis aríeis eríeis iríeis áreis areis éreis ereis íreis ireis ásseis
  ésseis ísseis áveis ados idos ámos amos íamos aríamos eríamos iríamos áramos éramos íramos ávamos emos aremos
  eremos iremos ássemos êssemos íssemos imos armos ermos irmos eu iu ou ira iras`);

const cut = (word: string, ending: string): string => word.slice(0, word.length - ending.length);

function derivation(word: string, r1: number, r2: number, rv: number): string {
  const ending = longest(word, derivational);
  if (ending === undefined) return word;
  const stem = cut(word, ending);
  const in2 = stem.length >= r2;
  switch (ending) {
    case 'logia':
    case 'logias':
      return in2 ? `${stem}log` : word;
    case 'uça~o':
    case 'uço~es':
      return in2 ? `${stem}u` : word;
    case 'ência':
    case 'ências':
      return in2 ? `${stem}ente` : word;
    case 'amente': {
      if (stem.length < r1) return word;
      const before = longest(stem, ['iv', 'os', 'ic', 'ad']);
      if (before === undefined || cut(stem, before).length < r2) return stem;
      const shorter = cut(stem, before);
      return before === 'iv' && shorter.endsWith('at') && shorter.length - 2 >= r2
        ? shorter.slice(0, -2)
        : shorter;
    }
    case 'mente': {
      if (!in2) return word;
      const before = longest(stem, ['ante', 'avel', 'ível']);
      return before !== undefined && cut(stem, before).length >= r2 ? cut(stem, before) : stem;
    }
    case 'idade':
    case 'idades': {
      if (!in2) return word;
      const before = longest(stem, ['abil', 'ic', 'iv']);
      return before !== undefined && cut(stem, before).length >= r2 ? cut(stem, before) : stem;
    }
    case 'iva':
    case 'ivo':
    case 'ivas':
    case 'ivos':
      if (!in2) return word;
      return stem.endsWith('at') && stem.length - 2 >= r2 ? stem.slice(0, -2) : stem;
    case 'ira':
    case 'iras':
      return stem.length >= rv && stem.endsWith('e') ? `${stem}ir` : word;
    default:
      return in2 ? stem : word;
  }
}

/** Endings of verbs and the derivations of nouns: at most one of either kind goes. */
function shortened(word: string, r1: number, r2: number, rv: number): string {
  const derived = derivation(word, r1, r2, rv);
  if (derived !== word) return withoutCi(derived, rv);
  const ending = longestIn(word, rv);
  if (ending !== undefined) return withoutCi(cut(word, ending), rv);
  const residual = longest(word, ['os', 'a', 'i', 'o', 'á', 'í', 'ó']);
  return residual !== undefined && cut(word, residual).length >= rv ? cut(word, residual) : word;
}

const longestIn = (word: string, region: number): string | undefined =>
  verbs.find((ending) => word.endsWith(ending) && word.length - ending.length >= region);

const withoutCi = (word: string, rv: number): string =>
  word.endsWith('ci') && word.length - 1 >= rv ? word.slice(0, -1) : word;

export function stemPortuguese(input: string): string {
  // Nasal vowels count as a vowel and a consonant.
  const marked = input.replaceAll('ã', 'a~').replaceAll('õ', 'o~');
  const r1 = regionAfter(marked, 0);
  const r2 = regionAfter(marked, r1);
  const rv = verbRegion(marked);
  let word = shortened(marked, r1, r2, rv);
  const last = longest(word, ['e', 'é', 'ê']);
  if (last !== undefined) {
    if (word.length - 1 >= rv) {
      word = word.slice(0, -1);
      if (/(gu|ci)$/.test(word) && word.length - 1 >= rv) word = word.slice(0, -1);
    }
  } else if (word.endsWith('ç')) word = `${word.slice(0, -1)}c`;
  return word.replaceAll('a~', 'ã').replaceAll('o~', 'õ');
}
