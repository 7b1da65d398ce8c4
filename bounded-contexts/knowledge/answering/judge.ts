import { type CheckedAnswer, checkAnswer, parseAnswer } from '../citations/index.ts';
import {
  type ConfidenceModel,
  confidenceOf,
  decideEscalation,
  type EscalationReason,
  featuresOf,
} from '../confidence/index.ts';
import { guard, guardSignal } from '../guardrails/index.ts';
import { type Edit, edited } from './edited.ts';
import type { Found } from './find.ts';
import { inventedIn } from './invented.ts';
import type { Asking, GuardNote, ProvenCitation } from './question.ts';
import { quoteHash } from './quote-hash.ts';

/** A draft, checked: what its reader may have of it, and whether a person looks at it first. */
export interface Judged {
  /** As it may be read: without what was invented, redacted where the policy says so, offsets and quotes included. */
  readonly checked: Omit<CheckedAnswer, 'citations'> & { readonly citations: readonly ProvenCitation[] };
  readonly confidence: number | null;
  readonly features: Readonly<Record<string, number>>;
  readonly reasons: readonly EscalationReason[];
  readonly escalate: boolean;
  readonly blocked: boolean;
  readonly guard: readonly GuardNote[];
}

const idOf = ({ document, chunk }: Found['hits'][number]): string => `${document}#${chunk.ordinal}`;

/** By one kind of search, best first. */
const rankedBy = (hits: Found['hits'], kind: 'keyword' | 'dense'): string[] =>
  hits
    .flatMap((hit) => {
      const rank = hit.parts[kind]?.rank;
      return rank === undefined ? [] : [{ id: idOf(hit), rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ id }) => id);

/** UTF-16 units of a draft that are read: more is no answer to a question. */
const longestDraft = 60_000;
/** As the record of an answer takes them. */
const mostCitations = 200;
const mostDropped = 200;

/** Checks every quote of a draft in its sources, and weighs what is left. Pure. */
export function judge(
  raw: string,
  found: Found,
  { rules, question }: Pick<Asking, 'rules' | 'question'>,
  model: ConfidenceModel,
  asked: 'pass' | 'log' | 'redact' | 'escalate' | 'block',
  /** Its numbers were counted here over all rows, and stand in none of them. */
  counted = false,
): Judged {
  const parsed = parseAnswer(raw.slice(0, longestDraft));
  const checked = checkAnswer(parsed, found.sources, counted ? { judge: () => 'supported' } : {});
  const unsupported = checked.claims.filter(({ verdict }) => verdict !== 'supported').length;
  const out = guard(checked.text, rules.guard, 'out', {
    grounding: { claims: checked.claims.length, unsupported },
  });
  const actions = [asked, found.action, out.action];
  const order = ['pass', 'log', 'redact', 'escalate', 'block'] as const;
  const strongest = order.findLast((one) => actions.includes(one)) ?? 'pass';
  const features = featuresOf({
    keyword: rankedBy(found.hits, 'keyword'),
    dense: rankedBy(found.hits, 'dense'),
    scores: found.hits.map(({ score }) => score),
    checked,
    guard: guardSignal(out.findings),
  });
  const honest = checked.notFound && checked.claims.length === 0;
  const probability = confidenceOf(model, features);
  const { escalate, reasons } = decideEscalation(
    { probability, claims: checked.claims, notFound: checked.notFound, guard: strongest },
    { threshold: rules.threshold, whenNotFound: rules.escalateNotFound },
  );
  const invented = inventedIn(parsed, checked, found.sources, question);
  return {
    checked: readable(checked, [...invented, ...out.edits], (text) => guard(text, rules.guard, 'out').text),
    confidence: honest ? null : probability,
    features: { ...features },
    reasons,
    escalate,
    blocked: out.action === 'block',
    guard: out.findings.map(({ detector, action }) => ({ detector, action, direction: 'out' as const })),
  };
}

/** An answer after edits of its text. Its citations keep the proof of what they quote, whatever is shown of it. */
function readable(
  checked: CheckedAnswer,
  edits: readonly Edit[],
  shownOf: (text: string) => string,
): Judged['checked'] {
  const { text, at } = edited(checked.text, edits);
  const cut = (claim: { start: number; end: number }) => at(claim.start) >= at(claim.end);
  const gone = new Set(checked.claims.filter(cut).flatMap(({ citations }) => citations));
  const kept = [...checked.citations.keys()].filter((index) => !gone.has(index)).slice(0, mostCitations);
  const placeOf = new Map(kept.map((index, place) => [index, place]));
  const end = text.trimEnd().length;
  return {
    ...checked,
    text: text.trimEnd(),
    citations: kept.flatMap((index) => {
      const citation = checked.citations[index];
      if (!citation) return [];
      const { quote } = citation;
      return [
        { ...citation, at: Math.min(end, at(citation.at)), quote: shownOf(quote), proof: quoteHash(quote) },
      ];
    }),
    claims: checked.claims
      .filter((claim) => !cut(claim))
      .map((claim) => ({
        ...claim,
        start: at(claim.start),
        end: Math.min(end, at(claim.end)),
        text: text.slice(at(claim.start), Math.min(end, at(claim.end))),
        citations: claim.citations.flatMap((index) => placeOf.get(index) ?? []),
      })),
    dropped: checked.dropped.slice(0, mostDropped).map((one) => ({ ...one, quote: shownOf(one.quote) })),
  };
}
