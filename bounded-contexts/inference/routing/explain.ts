import type { EventData, RecordedDecision } from '../../../schemas/events/index.ts';
import type { Capability } from '../../../schemas/primitives.ts';
import { type Choice, type Conditions, type Decision, decide, type Question } from './decide.ts';
import type { RoutingPlan } from './plan.ts';

/** A recorded call, answered or refused, as far as its routing is concerned. */
export type RoutedCall = Pick<
  EventData<'invocation.refused'>,
  'invocation' | 'requestedModel' | 'operation' | 'private'
> & { readonly decision: RecordedDecision };

/** The question that a recorded call put to the router. */
export const questionOf = ({
  invocation,
  requestedModel,
  operation = 'chat',
  ...call
}: RoutedCall): Question => ({
  model: requestedModel,
  operation,
  needs: call.decision.asked.needs as Capability[],
  chars: call.decision.asked.chars,
  maxTokens: call.decision.asked.maxTokens,
  private: call.private,
  allowed: call.decision.asked.allowed,
  features: call.decision.asked.features,
  seed: invocation,
});

export const conditionsOf = ({ decision: { seen } }: RoutedCall): Conditions => seen;

export interface Explanation {
  /** The decision follows from what is on the log. */
  readonly holds: boolean;
  readonly recomputed: Decision;
  /** Where it does not: what was recorded and what follows. */
  readonly differences: readonly string[];
}

/** Decides a recorded call again, by the plan that it names and the conditions that it saw. */
export function explain(call: RoutedCall, plan: RoutingPlan): Explanation {
  const recomputed = decide(questionOf(call), plan, conditionsOf(call));
  const differences = [
    ...compared('candidates', call.decision.candidates, recomputed.candidates),
    ...compared('excluded', call.decision.excluded, recomputed.excluded),
  ];
  return { holds: differences.length === 0, recomputed, differences };
}

/** A record keeps the first of a long list only. */
function compared(what: string, recorded: readonly Choice[], again: readonly Choice[]): string[] {
  const text = ({ model, reason }: Choice) => `${model.slice(0, 250)}: ${reason.slice(0, 500)}`;
  const differences = recorded.flatMap((choice, index) => {
    const other = again[index];
    return other && text(other) === text(choice)
      ? []
      : [`${what}[${index}]: recorded ${text(choice)}; follows ${other ? text(other) : 'none'}`];
  });
  if (again.length > recorded.length && recorded.length < 24)
    differences.push(`${what}: ${again.length - recorded.length} more follow than were recorded`);
  return differences;
}
