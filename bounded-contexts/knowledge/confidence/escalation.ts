/** Why an answer goes to a person before anybody else. */
export type EscalationReason =
  | 'low-confidence'
  | 'contradiction'
  | 'guard'
  /** It claims something, and nothing of it is supported. */
  | 'unsupported'
  /** Nothing was found, and the department wants a person to answer then. */
  | 'nothing-found'
  /** Somebody asked for a person. */
  | 'asked';

export interface EscalationCase {
  /** By `confidenceOf`. */
  readonly probability: number;
  readonly claims: readonly { readonly verdict: string }[];
  readonly notFound: boolean;
  /** The strongest action that guardrails ask for, on the question, the sources and the answer. */
  readonly guard: 'pass' | 'log' | 'redact' | 'escalate' | 'block';
  readonly asked?: boolean;
}

export interface EscalationRules {
  /** Default 0.7. */
  readonly threshold?: number;
  /** Default false: "not found here" is an answer. */
  readonly whenNotFound?: boolean;
}

export interface Escalation {
  readonly escalate: boolean;
  readonly reasons: readonly EscalationReason[];
}

export const defaultThreshold = 0.7;

/**
 * Whether a draft is for its asker or for a reviewer, and all reasons. An answer that says that nothing was found claims
 * nothing: its confidence is not asked.
 */
export function decideEscalation(one: EscalationCase, rules: EscalationRules = {}): Escalation {
  const { threshold = defaultThreshold, whenNotFound = false } = rules;
  const claims = one.claims.map(({ verdict }) => verdict);
  const honest = one.notFound && claims.length === 0;
  const reasons: EscalationReason[] = [
    ...(one.asked ? ['asked' as const] : []),
    ...(one.guard === 'escalate' || one.guard === 'block' ? ['guard' as const] : []),
    ...(claims.includes('contradicted') ? ['contradiction' as const] : []),
    ...(!honest && !claims.includes('supported') ? ['unsupported' as const] : []),
    ...(!honest && !(one.probability >= threshold) ? ['low-confidence' as const] : []),
    ...(honest && whenNotFound ? ['nothing-found' as const] : []),
  ];
  return { escalate: reasons.length > 0, reasons };
}
