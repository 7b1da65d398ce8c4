import { conceptWords, matchConcepts } from './concept-match.ts';
import { type Concept, conceptNames } from './concepts.ts';
import { foldSkeleton } from './fold.ts';
import { mostSuspicious } from './learnt.ts';
import { type PhraseMatch, type Token, tokensOf } from './phrases.ts';
import { type Manipulation, type Rule, rules } from './rules.ts';
import { hiddenTexts, spacedWords } from './tricks.ts';

export interface ManipulationFinding {
  readonly detector: Manipulation;
  /** UTF-16 offsets into the text that was given. */
  readonly start: number;
  readonly end: number;
  /** From 0 to 1. */
  readonly score: number;
  /** The concepts that met there, or how it was hidden: `override+rules+your`, `base64`, `template`. */
  readonly sign: string;
}

/** What a question loses that speaks about attacks rather than making one. */
const aboutAttacks = 0.45;

const reach = Math.max(...rules.map(({ within }) => within));
/** The rules that each concept is part of. */
const rulesOf = new Map<Concept, readonly Rule[]>(
  conceptNames.map((name) => [name, rules.filter(({ of }) => of.includes(name))]),
);

/** What chat templates mark turns with: nobody writes it by hand without a purpose. */
const template =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[\/?inst\]|<<\/?sys>>|(?<=^|\n)\s{0,3}(?:#{1,4}\s{0,3})?(?:system|assistant|sistema)\s{0,2}:/g;

/** A picture whose address carries something out of the conversation to whoever serves it. */
const picture = /!\[[^\]\n]{0,80}\]\(https?:\/\/[^)\s?]{0,200}\?[^)\s]{0,200}\)/g;
const signs = [
  { pattern: template, sign: 'template', weight: 0.6 },
  { pattern: picture, sign: 'picture', weight: 0.3 },
] as const;

/** A word of an address is no word of a sentence: `evil.example`. */
const inAddress = (text: string, { start, end }: Token): boolean =>
  /[./]/.test(text.charAt(start - 1)) ||
  (text.charAt(end) === '.' && /[\p{L}\p{N}]/u.test(text.charAt(end + 1)));

interface Hit {
  readonly detector: Manipulation;
  readonly weight: number;
  readonly sign: string;
  readonly start: number;
  readonly end: number;
}

/** Concepts by the token that they begin at, with the token that they end at. */
function placed(matches: readonly PhraseMatch<Concept>[]): Map<number, PhraseMatch<Concept>[]> {
  const at = new Map<number, PhraseMatch<Concept>[]>();
  for (const one of matches) {
    const known = at.get(one.first);
    if (known) known.push(one);
    else at.set(one.first, [one]);
  }
  return at;
}

function hitsOf(tokens: readonly Token[], text: string): { hits: Hit[]; meta: boolean } {
  const at = placed(matchConcepts(tokens));
  const best = new Map<Rule, Hit>();
  let meta = false;
  for (const [first, here] of at) {
    const token = tokens[first] as Token;
    if (here.some(({ value }) => value === 'meta') && !inAddress(text, token)) meta = true;
    // By distance: how early each concept is said, counted in words from here.
    const soonest = new Map<Concept, PhraseMatch<Concept>>();
    for (const one of here) if (!soonest.has(one.value)) soonest.set(one.value, one);
    for (let next = first + 1; next < first + reach; next++) {
      for (const one of at.get(next) ?? []) {
        if (!soonest.has(one.value)) soonest.set(one.value, one);
      }
    }
    for (const rule of here.flatMap(({ value }) => rulesOf.get(value) ?? [])) {
      if (best.has(rule) || !rule.of.every((concept) => soonest.has(concept))) continue;
      const said = rule.of.flatMap((concept) => soonest.get(concept) ?? []);
      if (said.some((one) => one.first - first >= rule.within)) continue;
      const last = Math.max(...said.map((one) => one.last));
      const [from, to] = [tokens[first], tokens[last]];
      if (from && to)
        best.set(rule, {
          detector: rule.detector,
          weight: rule.weight,
          sign: rule.of.join('+'),
          start: from.start,
          end: to.end,
        });
    }
  }
  return { hits: [...best.values()], meta };
}

/** Evidence counts together within so many words: a book has a little of everything. */
const window = 240;
const overlap = 40;

/** Evidence of one stretch of text, joined as if each piece were independent of the others (noisy or). */
function weighed(hits: readonly Hit[], meta: boolean): (Hit & { readonly score: number })[] {
  return (['injection', 'jailbreak'] as const).flatMap((detector) => {
    const own = hits.filter((hit) => hit.detector === detector);
    const [first] = own.toSorted((a, b) => b.weight - a.weight);
    if (!first) return [];
    const doubt = own.reduce((product, { weight }) => product * (1 - weight), 1);
    const score = Number(((1 - doubt) * (meta ? aboutAttacks : 1)).toFixed(4));
    const start = Math.min(...own.map((hit) => hit.start));
    return [{ ...first, start, end: Math.max(...own.map((hit) => hit.end)), score }];
  });
}

function signsIn(text: string, from: number, to: number): Hit[] {
  const part = text.slice(from, to);
  return signs.flatMap(({ pattern, sign, weight }): Hit[] => {
    pattern.lastIndex = 0;
    const found = pattern.exec(part);
    if (!found) return [];
    const start = from + found.index;
    return [{ detector: 'injection', weight, sign, start, end: start + found[0].length }];
  });
}

/**
 * Looks for attempts to steer the model: rules over concepts that are said near each other, in English and Portuguese,
 * after hidden characters, look-alike letters, digits for letters, spaced letters and base64 are undone. At most one
 * finding a detector: the stretch of text that has most of it, from its first to its last sign. What no rule knows is
 * weighed by words ({@link mostSuspicious}), as injection. Both know what such texts usually say, and little of what a new one
 * may say. Linear.
 */
export function findManipulation(text: string, depth = 0): ManipulationFinding[] {
  const { text: plain, origin } = foldSkeleton(text);
  const tokens = tokensOf(plain);
  const stretches: (Hit & { readonly score: number })[] = [];
  for (let at = 0; at === 0 || at + overlap < tokens.length; at += window - overlap) {
    const here = tokens.slice(at, at + window);
    const { hits, meta } = hitsOf(here, plain);
    for (const { tokens: spaced, start, end } of spacedWords(here, conceptWords))
      hits.push(
        ...hitsOf(spaced, '').hits.map((hit) => ({ ...hit, sign: `spaced:${hit.sign}`, start, end })),
      );
    const from = at === 0 ? 0 : (here[0]?.start ?? 0);
    const to = at + window >= tokens.length ? plain.length : (here.at(-1)?.end ?? 0);
    stretches.push(...weighed([...hits, ...signsIn(plain, from, to)], meta));
  }
  const found: ManipulationFinding[] = stretches.map(({ detector, score, sign, start, end }) => ({
    detector,
    score,
    sign,
    ...origin(start, end),
  }));
  const suspicious = mostSuspicious(text);
  if (suspicious) found.push({ detector: 'injection', ...suspicious, sign: 'learnt' });
  if (depth === 0)
    for (const { start, end, decoded } of hiddenTexts(text))
      found.push(
        ...findManipulation(decoded, 1).map((one) => ({ ...one, start, end, sign: `base64:${one.sign}` })),
      );
  return (['injection', 'jailbreak'] as const).flatMap((detector) => {
    const own = found.filter((one) => one.detector === detector);
    return own.length === 0 ? [] : [own.reduce((best, one) => (one.score > best.score ? one : best))];
  });
}
