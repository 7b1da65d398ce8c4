import type { Concept } from './concepts.ts';

export type Manipulation = 'injection' | 'jailbreak';

/** Concepts that together, within a few words of each other, tell of an attack; and how much, as a probability. */
export interface Rule {
  readonly detector: Manipulation;
  readonly of: readonly Concept[];
  readonly weight: number;
  /** Words within which they count as being said together. */
  readonly within: number;
}

const usual = 14;
const close = 6;
const rule = (detector: Manipulation, weight: number, ...of: readonly Concept[]): Rule => ({
  detector,
  weight,
  of,
  within: usual,
});
const near = (detector: Manipulation, weight: number, ...of: readonly Concept[]): Rule => ({
  detector,
  weight,
  of,
  within: close,
});

/** Weights are judged, in steps, on the first of the labelled lists; what they come to is measured on the second. */
export const rules: readonly Rule[] = [
  near('injection', 0.55, 'override', 'rules', 'prior'),
  near('injection', 0.65, 'override', 'rules', 'your'),
  rule('injection', 0.3, 'override', 'rules', 'your'),
  rule('injection', 0.15, 'override', 'rules'),
  rule('injection', 0.7, 'override', 'told'),
  near('injection', 0.55, 'override', 'above'),
  near('injection', 0.5, 'override', 'machine', 'your'),
  near('injection', 0.5, 'rules', 'told'),
  rule('injection', 0.5, 'reveal', 'system'),
  near('injection', 0.2, 'reveal', 'system'),
  near('injection', 0.35, 'system', 'your'),
  rule('injection', 0.3, 'reveal', 'system', 'your'),
  rule('injection', 0.3, 'only', 'system'),
  rule('injection', 0.3, 'reveal', 'secret', 'override'),
  rule('injection', 0.5, 'task', 'machine', 'your'),
  rule('injection', 0.4, 'task', 'machine', 'act'),
  rule('injection', 0.5, 'task', 'only'),
  rule('injection', 0.5, 'task', 'obey'),
  rule('injection', 0.35, 'task', 'your', 'follow'),
  rule('injection', 0.4, 'task', 'override'),
  rule('injection', 0.5, 'task', 'secret'),
  rule('injection', 0.4, 'task', 'exfiltrate'),
  rule('injection', 0.5, 'text', 'task'),
  rule('injection', 0.55, 'machine', 'address', 'tell'),
  rule('injection', 0.35, 'machine', 'address'),
  rule('injection', 0.35, 'machine', 'address', 'act'),
  rule('injection', 0.5, 'address', 'tell'),
  rule('injection', 0.5, 'machine', 'address', 'only'),
  rule('injection', 0.3, 'machine', 'tell'),
  rule('injection', 0.4, 'machine', 'tell', 'your'),
  rule('injection', 0.6, 'machine', 'favour'),
  rule('injection', 0.6, 'exfiltrate', 'tell'),
  rule('injection', 0.5, 'exfiltrate', 'machine'),
  rule('injection', 0.35, 'exfiltrate'),
  rule('injection', 0.5, 'deceive', 'tell'),
  rule('injection', 0.5, 'persona', 'reveal', 'secret'),
  rule('injection', 0.6, 'override', 'matter', 'machine'),
  rule('injection', 0.55, 'override', 'matter', 'favour'),
  rule('injection', 0.55, 'override', 'matter', 'only'),
  near('injection', 0.3, 'override', 'only'),
  rule('injection', 0.45, 'authority'),
  rule('injection', 0.4, 'authority', 'safety'),
  rule('injection', 0.3, 'authority', 'act'),
  rule('jailbreak', 0.6, 'persona', 'free'),
  near('jailbreak', 0.5, 'none', 'limit', 'persona'),
  near('jailbreak', 0.3, 'none', 'limit', 'your'),
  near('jailbreak', 0.3, 'none', 'limit', 'machine'),
  rule('jailbreak', 0.6, 'persona', 'dan'),
  near('jailbreak', 0.5, 'dan', 'your'),
  rule('jailbreak', 0.3, 'dan'),
  near('jailbreak', 0.35, 'free', 'your'),
  rule('jailbreak', 0.2, 'free'),
  near('jailbreak', 0.3, 'free', 'machine'),
  near('jailbreak', 0.5, 'free', 'your', 'rules'),
  rule('jailbreak', 0.5, 'mode', 'free'),
  rule('jailbreak', 0.6, 'mode', 'disable'),
  rule('jailbreak', 0.5, 'mode', 'override'),
  rule('jailbreak', 0.5, 'mode', 'persona'),
  rule('jailbreak', 0.5, 'mode', 'system'),
  rule('jailbreak', 0.6, 'mode', 'rules', 'enter'),
  rule('jailbreak', 0.4, 'mode', 'reveal'),
  near('jailbreak', 0.6, 'disable', 'safety', 'your'),
  rule('jailbreak', 0.55, 'disable', 'safety', 'conversation'),
  rule('jailbreak', 0.45, 'disable', 'safety', 'authority'),
  rule('jailbreak', 0.15, 'disable', 'safety'),
  rule('jailbreak', 0.5, 'obey', 'rules', 'prior'),
  rule('jailbreak', 0.5, 'obey', 'free'),
  rule('jailbreak', 0.4, 'obey', 'override'),
  rule('jailbreak', 0.4, 'persona', 'rules', 'override'),
  near('jailbreak', 0.4, 'persona', 'authority'),
];
