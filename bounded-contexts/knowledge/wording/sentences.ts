export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a full stop after it does not end, in English and Portuguese. */
const abbreviations = new Set(
  (
    'sr sra srs dr dra drs prof profa mr mrs ms st jr vs etc ex eg ie cf fig figs eq no nos nr art arts inc ltd ltda co ' +
    'cia av pag pags p pp vol cap ed approx aprox obs min max tel al seg'
  ).split(' '),
);

const end = /[.!?…。！？]+["”’»')\]]*(?=\s|$)|\n+/gu;

/** Sentences of a text, in order, without the white space around them. Linear. */
export function sentencesOf(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  const cut = (to: number) => {
    let start = from;
    let stop = to;
    while (start < stop && /\s/.test(text.charAt(start))) start += 1;
    while (stop > start && /\s/.test(text.charAt(stop - 1))) stop -= 1;
    if (stop > start) spans.push({ start, end: stop });
    from = to;
  };
  for (const match of text.matchAll(end)) {
    const to = match.index + match[0].length;
    if (match[0] === '.' && goesOn(text, match.index, to)) continue;
    cut(to);
  }
  cut(text.length);
  return spans;
}

/** Whether a full stop is of an abbreviation, an initial or a numbered list, or what follows is in lower case. */
function goesOn(text: string, stop: number, after: number): boolean {
  const word = /[\p{L}\p{N}]{1,8}$/u.exec(text.slice(Math.max(0, stop - 8), stop))?.[0] ?? '';
  if (/^\p{Lu}$/u.test(word) || abbreviations.has(word.toLowerCase())) return true;
  const before = text.slice(Math.max(0, stop - word.length - 1), stop - word.length);
  if (/^\d{1,3}$/.test(word) && (before === '' || before === '\n')) return true;
  return /^\s{1,3}\p{Ll}/u.test(text.slice(after, after + 4));
}
