import { type CheckedAnswer, checkAnswer, parseAnswer } from '../citations/index.ts';
import {
  type ConfidenceModel,
  confidenceOf,
  decideEscalation,
  type EscalationReason,
  featuresOf,
} from '../confidence/index.ts';
import { guard, guardSignal } from '../guardrails/index.ts';
import type { Found } from './find.ts';
import type { Asking, GuardNote } from './question.ts';

/** A draft, checked: what its reader may have of it, and whether a person looks at it first. */
export interface Judged {
  readonly checked: CheckedAnswer;
  /** The text after the guardrails on the way out. */
  readonly text: string;
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

/** Checks every quote of a draft in its sources, and weighs what is left. Pure. */
export function judge(
  raw: string,
  found: Found,
  { rules }: Pick<Asking, 'rules'>,
  model: ConfidenceModel,
  asked: 'pass' | 'log' | 'redact' | 'escalate' | 'block',
  /** Its numbers were counted here over all rows, and stand in none of them. */
  counted = false,
): Judged {
  const checked = checkAnswer(parseAnswer(raw), found.sources, counted ? { judge: () => 'supported' } : {});
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
  return {
    checked,
    text: out.text,
    confidence: honest ? null : probability,
    features: { ...features },
    reasons,
    escalate,
    blocked: out.action === 'block',
    guard: out.findings.map(({ detector, action }) => ({ detector, action, direction: 'out' as const })),
  };
}
