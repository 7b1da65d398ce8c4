import type { DaybookEvent } from '../../schemas/events/index.ts';
import { type Decider, type Folded, foldCommit, type Recorded, unfolded } from '../kernel/index.ts';

/** All aggregates of one family, as they are on the log; a commit that another history decided does not count. */
export interface Folds<State> {
  fold(recorded: Recorded): State;
  get(subject: string): State | undefined;
}

export function folds<Command, State, Event extends DaybookEvent>(
  decider: Decider<Command, State, Event>,
): Folds<State> {
  const bySubject = new Map<string, Folded<State>>();
  return {
    fold(recorded) {
      const folded = foldCommit(decider, bySubject.get(recorded.subject) ?? unfolded(decider), recorded);
      bySubject.set(recorded.subject, folded);
      return folded.state;
    },
    get: (subject) => bySubject.get(subject)?.state,
  };
}
