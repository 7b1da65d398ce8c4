import { multipliers, numberWords, unitNames } from './lexicon.ts';

/** A number that a text states. */
export interface Stated {
  /** As plain decimals. More than one where notations differ: `1.234` is 1234 in Portuguese, 1.234 in English. */
  readonly values: readonly string[];
  /** Of the units known, in one spelling: `%`, `kg`, `day`, `BRL`. */
  readonly unit?: string;
  /** The word after it (after its unit): what is counted, where it says so. */
  readonly of?: string;
}

const plain = (value: number) => String(Number(value.toPrecision(15)));

function valuesOf(digits: string): string[] {
  const marks = [...digits.matchAll(/[.,]/g)].map(({ 0: mark, index }) => ({ mark, index }));
  const last = marks.at(-1);
  const read = (grouping: RegExp, decimal: string) =>
    plain(Number(digits.replace(grouping, '').replace(decimal, '.')));
  if (!last) return [plain(Number(digits.replace(/[\u00a0\u202f]/g, '')))];
  const kinds = new Set(marks.map(({ mark }) => mark));
  const clean = (keep: string) => read(keep === ',' ? /[.\u00a0\u202f]/g : /[,\u00a0\u202f]/g, keep);
  if (kinds.size === 2) return [clean(last.mark)];
  const whole = plain(Number(digits.replace(/[.,\u00a0\u202f]/g, '')));
  if (marks.length > 1) return [whole];
  const decimals = digits.length - last.index - 1;
  return decimals === 3 ? [whole, clean(last.mark)] : [clean(last.mark)];
}

const number =
  /(?<![\p{L}\p{N}])(?:(R\$|US\$|[$€£])\s?)?(\d{1,3}(?:[.,\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?:\s?([%‰]|°\s?[CF]))?(?:(st|nd|rd|th|º|ª|°)(?![\p{L}\p{N}]))?/gu;
const following = /^[\s-]{0,2}(\p{L}+)/u;

/** The numbers of a text, in digits and in words (from two on: `one` and `um` are mostly articles). Linear. */
export function numbersIn(text: string): Stated[] {
  const found: Stated[] = [];
  for (const match of text.matchAll(number)) {
    const [whole, currency, digits, sign] = match;
    const { index: at } = match;
    const end = at + whole.length;
    // Letters at the number: a unit (5kg), else it is part of a name (4Runner).
    const tail = following.exec(text.slice(end, end + 24));
    const attached = tail !== null && tail[0] === tail[1];
    const name = tail?.[1]?.toLowerCase();
    const unit = name === undefined ? undefined : unitNames.get(name);
    if (attached && unit === undefined && !multipliers.has(name ?? '')) continue;
    found.push(stated(valuesOf(digits as string), currency ?? sign?.replace(/\s/, ''), text.slice(end)));
  }
  for (const { 0: word, index } of text.matchAll(/(?<![\p{L}\p{N}])\p{L}{3,12}(?![\p{L}\p{N}])/gu)) {
    const value = numberWords.get(word.toLowerCase());
    if (value !== undefined)
      found.push(
        stated([String(value)], undefined, text.slice(index + word.length, index + word.length + 60)),
      );
  }
  return found;
}

function stated(values: readonly string[], sign: string | undefined, rest: string): Stated {
  let after = rest.slice(0, 60);
  let times = 1;
  const next = () => following.exec(after);
  const multiplier = multipliers.get(next()?.[1]?.toLowerCase() ?? '');
  if (multiplier !== undefined) {
    times = multiplier;
    after = after.slice(next()?.[0].length).replace(/^\s(?:de|of)(?=\s)/u, '');
  }
  after = after.replace(/^\s?por cento/u, ' percent');
  const named = unitNames.get(next()?.[1]?.toLowerCase() ?? '');
  if (named !== undefined) after = after.slice(next()?.[0].length);
  const unit = sign === undefined ? named : (unitNames.get(sign.toLowerCase()) ?? sign);
  const of = next()?.[1]?.toLowerCase();
  return {
    values: times === 1 ? values : values.map((value) => plain(Number(value) * times)),
    ...(unit === undefined ? {} : { unit }),
    ...(of === undefined ? {} : { of }),
  };
}

/** Whether two may state the same: a value in common, and no two units. */
export function sameNumber(a: Stated, b: Stated): boolean {
  if (a.unit !== undefined && b.unit !== undefined && a.unit !== b.unit) return false;
  return a.values.some((value) => b.values.includes(value));
}
