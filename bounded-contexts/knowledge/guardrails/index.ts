/**
 * Guardrails: what may go in and out. Finds personal data, attempts to steer the model, topics that are not to be spoken
 * of and answers without ground, and says what a department's policy does about them; fences retrieved text as data.
 * It finds and decides; whoever calls it acts, and records the findings, which hold no text.
 */
export { type Fenced, fence } from './fence.ts';
export {
  type GuardDirection,
  type GuardFinding,
  type GuardResult,
  type GuardSignals,
  guard,
  guardSignal,
  guardVersionOf,
} from './guard.ts';
export { type GuardStream, guardStream } from './guard-stream.ts';
export { findManipulation, type ManipulationFinding } from './manipulation.ts';
