import { type Analyser, analyse } from '../retrieval/index.ts';

/** One row of a table, as it is searched and cited. */
export interface ThemeRow {
  readonly document: string;
  readonly revision: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Theme {
  /** As the example says it. */
  readonly label: string;
  /** Rows that say it, in whatever form of its words. */
  readonly count: number;
  readonly example: ThemeRow;
}

const word = /[\p{L}\p{N}]+/gu;
const negations = new Set(['nao', 'nunca', 'nem', 'sem', 'not', 'never', 'without', 'cannot']);
/** What people write between what they say: function words without their accents, and what stands in every review. */
const filler = new Set(
  'ate ja so eh e q pq vc voce meu minha meus minhas seu sua foi fui era sao estou estava agora ainda mas pois muito mais bem tudo nada este esta esse essa isso isto aqui ai la ontem hoje dia dias pra pro ser ter tem tenho tinha vou vai fazer fiz fez ao aos um uma uns umas algum alguma que quem onde quando como porem por para de da do das dos em no na nos nas my was were had has have got get just still yet very much so it its is are been this that these those then there here the a an and or but of to for in on at with'.split(
    ' ',
  ),
);
const unaccented = (token: string): string => token.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Two words are said together if no more than so many lie between them. */
const between = 2;
const mostThemes = 5;
/** Themes whose rows are mostly those of a greater one are that one in other words. */
const sameRows = 0.5;
const best = 80;
const longestExample = 280;

interface Said {
  readonly start: number;
  readonly end: number;
}

/** What a row says, by features of stems: words that are negated, and pairs of words that stand together. */
function saidIn(text: string, stemOf: (word: string) => string | undefined): Map<string, Said> {
  const said = new Map<string, Said>();
  let negated: { at: number; start: number } | undefined;
  let before: { stem: string; at: number; start: number } | undefined;
  let at = 0;
  for (const match of text.matchAll(word)) {
    const [token] = match;
    const start = match.index;
    const end = start + token.length;
    at += 1;
    if (negations.has(unaccented(token))) {
      negated = { at, start };
      continue;
    }
    const stem = stemOf(token);
    if (stem === undefined) continue;
    const isNegated = negated !== undefined && at - negated.at <= between + 1;
    const own = isNegated ? `¬${stem}` : stem;
    const from = isNegated && negated ? negated.start : start;
    if (isNegated && !said.has(own)) said.set(own, { start: from, end });
    if (before && at - before.at <= between + 1) {
      const pair = `${before.stem} ${own}`;
      if (before.stem !== own && !said.has(pair)) said.set(pair, { start: before.start, end });
    }
    before = { stem: own, at, start: from };
    negated = undefined;
  }
  return said;
}

/**
 * What rows have in common, most frequent first: pairs of words and negated words, by the number of rows that say them,
 * weighed by how much more often `rows` say them than `others` (the logarithm of that ratio). Counts are of rows, exact,
 * and each theme comes with a row that says it. Pure.
 */
export function commonThemes(
  rows: readonly ThemeRow[],
  others: readonly ThemeRow[],
  analyser: Analyser,
): Theme[] {
  const stems = new Map<string, string | undefined>();
  const stemOf = (token: string): string | undefined => {
    const known = stems.get(token);
    if (known !== undefined || stems.has(token)) return known;
    const [stem] = /^\p{N}+$/u.test(token) || filler.has(unaccented(token)) ? [] : analyse(token, analyser);
    stems.set(token, stem);
    return stem;
  };
  const found = new Map<string, { row: ThemeRow; said: Said }[]>();
  for (const row of rows)
    for (const [feature, said] of saidIn(row.text, stemOf)) {
      const list = found.get(feature);
      if (list) list.push({ row, said });
      else found.set(feature, [{ row, said }]);
    }
  const elsewhere = new Map<string, number>();
  for (const { text } of others)
    for (const feature of saidIn(text, stemOf).keys())
      elsewhere.set(feature, (elsewhere.get(feature) ?? 0) + 1);
  const least = Math.max(2, Math.ceil(rows.length / 500));
  const ranked = [...found]
    .filter(([, list]) => list.length >= least)
    .map(([feature, list]) => {
      const here = list.length / rows.length;
      const there = ((elsewhere.get(feature) ?? 0) + 1) / (others.length + 1);
      const weight = others.length === 0 ? 1 : Math.max(0, Math.log(here / there));
      return { list, worth: list.length * weight };
    })
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth);
  const themes: Theme[] = [];
  const taken: Set<ThemeRow>[] = [];
  for (const { list } of ranked) {
    if (themes.length === mostThemes) break;
    const own = new Set(list.map(({ row }) => row));
    if (taken.some((other) => own.intersection(other).size > sameRows * Math.min(own.size, other.size)))
      continue;
    const short = list.filter(({ row }) => row.text.trim().length <= longestExample);
    const [chosen] = (short.length > 0 ? short : list).toSorted(
      (a, b) => Math.abs(a.row.text.length - best) - Math.abs(b.row.text.length - best),
    );
    if (!chosen) continue;
    const { row, said } = chosen;
    themes.push({
      label: row.text.slice(said.start, said.end).replaceAll(/\s+/g, ' ').toLowerCase(),
      count: own.size,
      example: row,
    });
    taken.push(own);
  }
  return themes;
}
