import {
  missingNumbers,
  opposed,
  sentencesOf,
  sharedWords,
  type Wording,
  wordingOf,
} from '../wording/index.ts';

export type Verdict = 'supported' | 'contradicted' | 'not-found';

export interface Judgement {
  readonly verdict: Verdict;
  /** What decided it, as stable words: `no-quote`, `number`, `name`, `negation`, `opposite`, `other-words`, `judge`. */
  readonly reasons: readonly string[];
}

/** Below this share of the claim's words in the quoted sentences, the quote speaks of something else. */
const leastShared = 0.34;
/** From this share on, quote and claim speak of the same, so that what differs between them is a contradiction. */
const sameMatter = 0.5;

const clauses = (quote: string): string[] =>
  sentencesOf(quote).flatMap(({ start, end }) =>
    quote.slice(start, end).split(/[;]|,?\s(?:but|mas|porém|however)\s/u),
  );

/** A claim that needs this much more of the quotes than one clause of them speaks of all of them. */
const muchMore = 0.2;

/** The clause of the quotes that is most about what the claim says; all of them where no one clause is. */
function nearest(claim: Wording, quotes: readonly string[], all: Wording): Wording {
  const read = quotes.flatMap(clauses).map((clause) => wordingOf(clause));
  const best = read.reduce((most, one) => (sharedWords(claim, one) > sharedWords(claim, most) ? one : most));
  return sharedWords(claim, all) - sharedWords(claim, best) >= muchMore ? all : best;
}

/** Another number of the same unit, or of the same things, where the claim has its own. */
function otherNumber(claim: Wording, quote: Wording): boolean {
  return missingNumbers(claim, quote).some(({ unit, of }) =>
    missingNumbers(quote, claim).some((other) =>
      unit === undefined && other.unit === undefined
        ? of !== undefined && of === other.of
        : unit === other.unit,
    ),
  );
}

/**
 * Holds a claim against its checked quotes by what a sentence must not lose: its numbers, names, negations and words
 * with an opposite, in English and Portuguese. A heuristic: it catches the answer that says 30 days where its source says
 * 15, or leaves out a "not"; it understands nothing, and misses contradictions in other words. `around` is the passage
 * that the quotes stand in, for names that they only point at. A judge (a model that was asked) decides in its place
 * where there is a quote; without one nothing is supported, whoever says so.
 */
export function judgeClaim(
  claim: string,
  quotes: readonly string[],
  around: readonly string[],
  judge?: Verdict,
): Judgement {
  if (quotes.length === 0) return { verdict: 'not-found', reasons: ['no-quote'] };
  if (judge !== undefined) return { verdict: judge, reasons: ['judge'] };
  const said = wordingOf(claim);
  const all = wordingOf(quotes.join('\n'));
  const near = nearest(said, quotes, all);
  const shared = sharedWords(said, all);
  if (shared >= sameMatter) {
    const against = [
      ...(otherNumber(said, all) ? ['number'] : []),
      ...(said.negated !== near.negated && sharedWords(said, near) >= sameMatter ? ['negation'] : []),
      ...(opposed(said, near) ? ['opposite'] : []),
    ];
    if (against.length > 0) return { verdict: 'contradicted', reasons: against };
  }
  const passage = wordingOf(around.join('\n'));
  const known = (name: string) => all.spelled.has(name) || passage.spelled.has(name);
  const missing = [
    ...(missingNumbers(said, all).length > 0 ? ['number'] : []),
    ...([...said.names].every(known) ? [] : ['name']),
    ...(shared < leastShared ? ['other-words'] : []),
  ];
  return missing.length > 0
    ? { verdict: 'not-found', reasons: missing }
    : { verdict: 'supported', reasons: [] };
}
