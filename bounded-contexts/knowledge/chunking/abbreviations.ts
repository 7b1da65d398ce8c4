/** After these a full stop ends no sentence: something always follows. In lower case, without their last stop. */
const beforeMore =
  // English
  'mr mrs ms dr prof st mt gen col sgt lt capt cmdr adm rev hon sen rep gov pres messrs vs cf viz approx ca fig figs eq eqs ' +
  'no nos vol vols ed eds pp p sec ch chap ref refs al e.g i.e resp dept univ assn ' +
  // Portuguese
  'sr sra srs sras srta dr dra drs dras prof profa profs exmo exma ilmo ilma sto sta pe gal cel cap ten eng enga arq av ' +
  'r rod pça trav jd vl art arts inc par § pág págs pg cap caps fl fls obs ex p.ex núm nº tel cód ref refs min máx aprox séc ' +
  'v.g cf op cit adv desemb min';

/** After these a sentence goes on only where the next word does not begin with a capital. */
const perhapsLast =
  'etc inc ltd co corp jr sr u.s u.k a.m p.m ph.d b.c a.d st ave jan feb mar apr jun jul aug sep sept oct nov dec ' +
  'ltda cia s.a s/a fev abr mai ago set out dez bros';

const always: ReadonlySet<string> = new Set(beforeMore.split(' '));
const sometimes: ReadonlySet<string> = new Set(perhapsLast.split(' '));

const capital = /^["'“‘«([]*\p{Lu}/u;
const numeral = /^["'“‘«([]*\p{N}/u;

/**
 * Whether the full stop after `word` ends a sentence, as far as `word` (with its inner stops, without the last) and
 * the word after it can tell.
 */
export function endsSentence(word: string, next: string): boolean {
  const lower = word.toLowerCase();
  // One letter is an initial ("J. Smith"), of which the pronoun I is none.
  if (/^\p{Lu}$/u.test(word) && word !== 'I') return false;
  // "no." and "art." are abbreviations before a number, and words elsewhere.
  if (lower === 'no' || lower === 'par' || lower === 'min' || lower === 'ex') return !numeral.test(next);
  // "n. 10", "p. 3".
  if (/^\p{Ll}$/u.test(word) && numeral.test(next)) return false;
  if (always.has(lower) && !sometimes.has(lower)) return false;
  // "Sr." stands before a name in Portuguese and after one in English.
  if (lower === 'sr' || lower === 'st') return false;
  if (sometimes.has(lower)) return capital.test(next);
  return true;
}
