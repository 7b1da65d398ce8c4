import { hash } from 'node:crypto';
import { type GuardAction, type GuardPolicy, personalDataKinds } from '../../../schemas/guardrails.ts';
import { findManipulation } from './manipulation.ts';
import { findPersonalData } from './personal-data.ts';
import { redacted, signOf } from './redact.ts';
import { findTopics } from './topics.ts';

/** Questions on their way in, retrieved text before a model sees it, answers on their way out. */
export type GuardDirection = 'in' | 'source' | 'out';

/** What is found, never the text itself: findings are for the log. */
export interface GuardFinding {
  /** A kind of personal data, or `injection`, `jailbreak`, `topic`, `toxicity`, `grounding`. */
  readonly detector: string;
  readonly action: Exclude<GuardAction, 'off'>;
  /** UTF-16 offsets into the text that was given; all of it where a finding has no place. */
  readonly start: number;
  readonly end: number;
  /** From 0 to 1, where the detector weighs. */
  readonly score?: number;
  /** What gave it away, or the name of the topic. */
  readonly sign?: string;
}

export interface GuardResult {
  /** The strongest of the findings' actions; `pass` without any. */
  readonly action: 'pass' | 'log' | 'redact' | 'escalate' | 'block';
  readonly findings: readonly GuardFinding[];
  /** The text with what was to be redacted redacted, whatever else is done about it. */
  readonly text: string;
  /** What was replaced in it, in order; offsets into the text that was given. */
  readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
  /** The policy's version, and that of the detectors here. */
  readonly policy: number;
  readonly detectors: number;
}

/** What guardrails are told by others. */
export interface GuardSignals {
  /** The toxicity of a text, from 0 to 1: a model's, or none. */
  readonly toxicity?: (text: string) => number;
  /** How much a text looks like prompt injection to a model that was asked, from 0 to 1; beside our own detectors. */
  readonly injection?: (text: string) => number;
  /** The claims of the answer, and how many of them nothing supports. */
  readonly grounding?: { readonly claims: number; readonly unsupported: number };
}

/** Counted up whenever detectors find something else than before: part of what a cached answer depends on. */
const detectorsVersion = 1;

/** What of guardrails an answer depends on: the policy's content and the detectors, for the cache's partitions. */
export const guardVersionOf = (policy: GuardPolicy): string =>
  hash('sha256', JSON.stringify([detectorsVersion, policy])).slice(0, 12);

const strength = ['pass', 'log', 'redact', 'escalate', 'block'] as const;

export const strongest = (actions: readonly GuardResult['action'][]): GuardResult['action'] =>
  actions.reduce((most, one) => (strength.indexOf(one) > strength.indexOf(most) ? one : most), 'pass');

const active = (action: GuardAction | undefined): action is Exclude<GuardAction, 'off'> =>
  action !== undefined && action !== 'off';

/** The kinds of personal data that a policy looks for on a way, and what it does about them. */
export function personalActions(policy: GuardPolicy, direction: GuardDirection) {
  const actions = policy[direction].personalData;
  return new Map(
    personalDataKinds.flatMap((kind) => {
      const action = actions[kind];
      return active(action) ? [[kind, action] as const] : [];
    }),
  );
}

function personal(text: string, policy: GuardPolicy, direction: GuardDirection): GuardFinding[] {
  const actions = personalActions(policy, direction);
  if (actions.size === 0) return [];
  return findPersonalData(text, [...actions.keys()]).map(({ kind, start, end }) => ({
    detector: kind,
    action: actions.get(kind) ?? 'log',
    start,
    end,
  }));
}

function manipulation(
  text: string,
  policy: GuardPolicy,
  direction: 'in' | 'source',
  judge: GuardSignals['injection'],
): GuardFinding[] {
  const settings = policy[direction];
  if (!active(settings.injection.action) && !active(settings.jailbreak.action)) return [];
  const judged =
    judge && active(settings.injection.action)
      ? [{ detector: 'injection' as const, start: 0, end: text.length, score: judge(text), sign: 'judge' }]
      : [];
  return [...findManipulation(text), ...judged].flatMap(({ detector, start, end, score, sign }) => {
    const { action, threshold } = settings[detector];
    return active(action) && score >= threshold ? [{ detector, action, start, end, score, sign }] : [];
  });
}

function topics(text: string, policy: GuardPolicy, direction: 'in' | 'out'): GuardFinding[] {
  const { action, denied, allowed } = policy[direction].topics;
  if (!active(action)) return [];
  const found = findTopics(text, denied).map(({ topic, start, end }) => ({
    detector: 'topic',
    action,
    start,
    end,
    sign: topic,
  }));
  // Answers are bound by what was asked; only questions must name a topic.
  const outside = direction === 'in' && allowed.length > 0 && findTopics(text, allowed).length === 0;
  return outside
    ? [...found, { detector: 'topic', action, start: 0, end: text.length, sign: 'none allowed' }]
    : found;
}

function told(
  text: string,
  policy: GuardPolicy,
  direction: 'in' | 'out',
  signals: GuardSignals,
): GuardFinding[] {
  const whole = { start: 0, end: text.length };
  const findings: GuardFinding[] = [];
  const { toxicity } = policy[direction];
  if (active(toxicity.action) && signals.toxicity) {
    const score = signals.toxicity(text);
    if (score >= toxicity.threshold)
      findings.push({ detector: 'toxicity', action: toxicity.action, ...whole, score });
  }
  const { grounding } = policy.out;
  if (direction === 'out' && active(grounding.action) && signals.grounding && signals.grounding.claims > 0) {
    const score = signals.grounding.unsupported / signals.grounding.claims;
    if (score > grounding.threshold)
      findings.push({ detector: 'grounding', action: grounding.action, ...whole, score });
  }
  return findings;
}

/**
 * What a policy says about a text on one of its ways. Linear in the text, whatever is in it. Personal data is redacted
 * as its kind (`[CPF]`), manipulation in retrieved text as `[…]`.
 */
export function guard(
  text: string,
  policy: GuardPolicy,
  direction: GuardDirection,
  signals: GuardSignals = {},
): GuardResult {
  const findings = [
    ...personal(text, policy, direction),
    ...(direction === 'out' ? [] : manipulation(text, policy, direction, signals.injection)),
    ...(direction === 'source'
      ? []
      : [...topics(text, policy, direction), ...told(text, policy, direction, signals)]),
  ];
  const hidden = findings
    .filter(({ action }) => action === 'redact')
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const sign = ({ detector }: GuardFinding) =>
    detector === 'injection' || detector === 'jailbreak' ? '[…]' : signOf(detector);
  return {
    action: strongest(findings.map(({ action }) => action)),
    findings,
    text: redacted(text, hidden, sign),
    edits: hidden.map((finding) => ({ start: finding.start, end: finding.end, text: sign(finding) })),
    policy: policy.version,
    detectors: detectorsVersion,
  };
}

/** What findings say of an answer's worth, for its confidence: the highest score of what is not personal data. */
export const guardSignal = (findings: readonly GuardFinding[]): number =>
  Math.max(0, ...findings.map(({ detector, score }) => score ?? (detector === 'topic' ? 1 : 0)));
