import type { Source } from '../citations/index.ts';
import { analyserOf } from '../retrieval/index.ts';
import { commonThemes, type ThemeRow } from './themes.ts';

/** What a question wants counted over all rows of tables, instead of looked up in some. */
export interface CountedQuestion {
  readonly of: 'complaints' | 'praise' | 'all';
}

const common =
  /\b(mais (comuns?|frequentes?|citad[ao]s|recorrentes?)|principais|most (common|frequent|cited)|main|top|recurring|recorrentes)\b/i;
const complaints =
  /(reclama|queixa|problema|insatisfa|defeito|cr[ií]tica|complain|problem|issue|dissatisf|negative|negativ)/i;
const praise = /(elogi|satisfa[cç]|positiv|gostaram|praise|compliment|satisf|liked)/i;
const topics = /(tema|assunto|coment|avalia|topic|theme|comment|review|feedback)/i;

/** Undefined where it asks for something else. */
export function countedQuestion(question: string): CountedQuestion | undefined {
  if (!common.test(question)) return undefined;
  if (complaints.test(question)) return { of: 'complaints' };
  if (praise.test(question)) return { of: 'praise' };
  return topics.test(question) ? { of: 'all' } : undefined;
}

const scoreName = /(score|rating|nota|stars?|estrelas?|avalia)/i;

/** The column that says how good something was, and the ends of its scale. */
function scaleOf(rows: readonly ThemeRow[]): { name: string; low: number; high: number } | undefined {
  const [first] = rows;
  for (const name of Object.keys(first?.fields ?? {})) {
    if (!scoreName.test(name)) continue;
    const values = rows.map(({ fields }) => Number(fields[name] || Number.NaN)).filter(Number.isFinite);
    if (values.length < rows.length / 2) continue;
    const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    if (high > low) return { name, low, high };
  }
  return undefined;
}

export interface CountedAnswer {
  /** In the format in which models are asked to cite. */
  readonly text: string;
  readonly sources: readonly Source[];
}

const phrases = {
  pt: {
    complaints: (n: number, all: number, of: string) =>
      `As reclamações mais comuns, em ${n} de ${all} comentários${of}:`,
    praise: (n: number, all: number, of: string) =>
      `Os elogios mais comuns, em ${n} de ${all} comentários${of}:`,
    all: (_: number, all: number) => `O que mais se repete em ${all} comentários:`,
    low: (name: string, value: number) => ` (os de ${name} até ${value})`,
    high: (name: string, value: number) => ` (os de ${name} a partir de ${value})`,
    times: (count: number) => `${count} ${count === 1 ? 'comentário' : 'comentários'}`,
  },
  en: {
    complaints: (n: number, all: number, of: string) =>
      `The most common complaints, in ${n} of ${all} comments${of}:`,
    praise: (n: number, all: number, of: string) =>
      `The most common praise, in ${n} of ${all} comments${of}:`,
    all: (_: number, all: number) => `What comes up most in ${all} comments:`,
    low: (name: string, value: number) => ` (those with ${name} up to ${value})`,
    high: (name: string, value: number) => ` (those with ${name} from ${value})`,
    times: (count: number) => `${count} ${count === 1 ? 'comment' : 'comments'}`,
  },
} as const;

const marks = [
  ['"', '"'],
  ['«', '»'],
  ['“', '”'],
] as const;

/**
 * Counts what rows of tables say most: of those in the lower (or upper) two fifths of their scale where they have one,
 * for complaints (or praise). Undefined where there are too few rows, or nothing is said often. Every count is exact,
 * every theme has a quote from a row.
 */
export function countedAnswer(
  { of }: CountedQuestion,
  all: readonly ThemeRow[],
  textOf: (document: string) => string,
  language: string,
): CountedAnswer | undefined {
  const rows = all.filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  if (rows.length < 20) return undefined;
  const say = phrases[language === 'pt' ? 'pt' : 'en'];
  const scale = of === 'all' ? undefined : scaleOf(rows);
  const edge = scale && (of === 'complaints' ? scale.low : scale.high);
  const part = scale ? (scale.high - scale.low) / 4 : 0;
  const value =
    edge === undefined ? 0 : of === 'complaints' ? Math.floor(edge + part) : Math.ceil(edge - part);
  const within = (row: ThemeRow): boolean => {
    if (!scale) return true;
    const score = Number(row.fields[scale.name] || Number.NaN);
    return of === 'complaints' ? score <= value : score >= value;
  };
  const chosen = rows.filter(within);
  const themes = commonThemes(
    chosen,
    scale ? rows.filter((row) => !within(row)) : [],
    analyserOf(language === 'und' ? undefined : language),
  );
  if (themes.length === 0) return undefined;
  const sources: Source[] = [];
  const lines = themes.flatMap(({ label, count, example }) => {
    const quote = example.text.trim();
    const pair = marks.find(([open, close]) => !quote.includes(open) && !quote.includes(close));
    if (!pair) return [];
    sources.push({
      document: example.document,
      revision: String(example.revision),
      text: textOf(example.document),
      chunk: { start: example.start, end: example.end },
    });
    const number = sources.length;
    return [`- **${label}**: ${say.times(count)} [${number}: ${pair[0]}${quote}${pair[1]}]`];
  });
  const bound = scale ? say[of === 'complaints' ? 'low' : 'high'](scale.name, value) : '';
  return { text: `${say[of](chosen.length, rows.length, bound)}\n\n${lines.join('\n')}`, sources };
}
