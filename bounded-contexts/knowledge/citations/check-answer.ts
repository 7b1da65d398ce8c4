import { type Span, sentencesOf } from '../wording/index.ts';
import { type Checked, type Checker, citationChecker, type DropReason } from './checker.ts';
import type { Citation, Source } from './citation.ts';
import type { Claim, ParsedAnswer } from './parse-answer.ts';
import { type Judgement, judgeClaim, type Verdict } from './verdict.ts';

export interface AnswerCitation extends Citation {
  /** The number of its source, from 1. */
  readonly source: number;
  /** Where its sign belongs: an offset into the answer's text. */
  readonly at: number;
  readonly how: Checked['how'];
}

export interface CheckedClaim extends Judgement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Indices into `citations`. */
  readonly citations: readonly number[];
}

export interface Dropped {
  /** What the model claimed to be quoting; the claim itself where it gave a number only. */
  readonly quote: string;
  readonly source: number;
  readonly reason: DropReason;
}

/** What a reader may see of an answer: every citation in it was found in its source. */
export interface CheckedAnswer {
  readonly text: string;
  readonly notFound: boolean;
  readonly citations: readonly AnswerCitation[];
  readonly claims: readonly CheckedClaim[];
  readonly dropped: readonly Dropped[];
  /** The share of claims with a checked citation, and of those that are supported; 0 where nothing is claimed. */
  readonly coverage: number;
  readonly support: number;
}

export interface CheckOptions {
  /** What a model says of a claim (by its index) and its checked quotes, where one was asked. */
  readonly judge?: (claim: number) => Verdict | undefined;
}

/** How far before and after a quote its sentence may reach. */
const reach = 300;

function sentenceAround(text: string, { start, end }: Span): string {
  const from = Math.max(0, start - reach);
  const window = text.slice(from, end + reach);
  const within = sentencesOf(window).filter((one) => one.start + from < end && one.end + from > start);
  const [first, last] = [within[0], within.at(-1)];
  return first && last ? window.slice(first.start, last.end) : text.slice(start, end);
}

interface Proof extends Checked {
  readonly at: number;
}

const quoted = /["“«]([^"“”«»]{8,2000})["”»]/gu;

/**
 * What of a claim is the source's own words: a part in quote marks, all of it, or each of its pieces. In the first claim
 * of an answer also what follows a colon ("According to the manual: …").
 */
function verbatim(claim: Claim, index: number, checker: Checker, source: number) {
  const find = (quote: string) => {
    const found = checker.checkShown(source, quote);
    return typeof found === 'string' ? undefined : found;
  };
  const inMarks = [...claim.text.matchAll(quoted)].flatMap(([, words]) => find(words as string) ?? []);
  if (inMarks.length > 0) return { text: claim.text, found: inMarks };
  const bare = claim.text.replace(/^(?:[-*•–]|\d{1,3}[.)])\s+/u, '');
  const colon = index === 0 ? bare.indexOf(': ') : -1;
  for (const text of colon === -1 ? [bare] : [bare, bare.slice(colon + 2)]) {
    const one = find(text);
    if (one) return { text, found: [one] };
    const pieces = text.split(/(?<=[.!?…])\s+/u);
    const found = pieces.length > 1 ? pieces.flatMap((piece) => find(piece) ?? []) : [];
    if (found.length > 0 && found.length === pieces.length) return { text, found };
  }
  return undefined;
}

function proofOf(claim: Claim, index: number, checker: Checker) {
  const proofs: Proof[] = [];
  const dropped: Dropped[] = [];
  for (const { at, source, ...reference } of claim.cited) {
    const found = checker.check({ source, ...reference });
    if (typeof found !== 'string') proofs.push({ ...found, at });
    else dropped.push({ quote: reference.quote ?? claim.text, source, reason: found });
  }
  // A model that gives numbers only, or nothing, may still have copied its source.
  if (proofs.length === 0 && claim.cited.every(({ quote }) => quote === undefined)) {
    const copied = verbatim(claim, index, checker, claim.cited[0]?.source ?? 0);
    if (copied)
      return {
        text: copied.text,
        proofs: copied.found.map((one) => ({ ...one, at: claim.cited[0]?.at ?? claim.end })),
        dropped: dropped.filter(({ reason }) => reason === 'unreadable'),
      };
  }
  return { text: claim.text, proofs, dropped };
}

/**
 * Checks an answer against the sources that its model was shown. Only citations whose quote was found in the canonical
 * text are in the result, with the text as it stands there; what was dropped is listed with its reason; each claim has
 * a verdict (see {@link judgeClaim}). Spans and offsets are of `text`.
 */
export function checkAnswer(
  parsed: ParsedAnswer,
  sources: readonly Source[],
  options: CheckOptions = {},
): CheckedAnswer {
  const checker = citationChecker(sources);
  const citations: AnswerCitation[] = [];
  const dropped: Dropped[] = [];
  const claims = parsed.claims.map((claim, index): CheckedClaim => {
    const { text, proofs, dropped: unproven } = proofOf(claim, index, checker);
    dropped.push(...unproven);
    const first = citations.length;
    for (const { citation, source, how, at } of proofs) citations.push({ ...citation, source, at, how });
    const around = [...new Set(proofs.map(({ source }) => source))].map((source) => {
      const { text: whole, chunk } = sources[source - 1] as Source;
      return whole.slice(chunk.start, chunk.end);
    });
    // A quote may be cut so that it says the opposite: what is held against the claim is its whole sentence.
    const quotes = proofs.map(({ citation, source }) =>
      sentenceAround((sources[source - 1] as Source).text, citation),
    );
    const { start, end } = claim;
    return {
      start,
      end,
      text: claim.text,
      citations: proofs.map((_, at) => first + at),
      ...judgeClaim(text, quotes, around, options.judge?.(index)),
    };
  });
  const share = (of: (claim: CheckedClaim) => boolean) =>
    claims.length === 0 ? 0 : claims.filter(of).length / claims.length;
  return {
    text: parsed.text,
    notFound: parsed.notFound,
    citations,
    claims,
    dropped,
    coverage: share((claim) => claim.citations.length > 0),
    support: share((claim) => claim.verdict === 'supported'),
  };
}
