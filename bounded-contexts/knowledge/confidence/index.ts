/**
 * Confidence: the probability that an answer is right, learnt from what became of earlier ones, with the figure that says
 * how far it can be believed; and whether an answer goes to a person. Similarity is no probability and never shown as one.
 */
export {
  decideEscalation,
  type Escalation,
  type EscalationCase,
  type EscalationReason,
  type EscalationRules,
} from './escalation.ts';
export { type ConfidenceFeatures, featureNames, featuresOf } from './features.ts';
export { type ConfidenceModel, confidenceOf, fitConfidence, type Outcome, priorModel } from './model.ts';
export { heldOutReliability, type Reliability, type ReliabilityBin, reliability } from './reliability.ts';
