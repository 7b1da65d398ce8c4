import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Recorded } from './event-log.ts';
import type { Position } from './position.ts';

/**
 * A pure rule: which events a command causes in a state, and what state they lead to. `decide` throws a
 * DaybookError to refuse, and returns no events where the command was already done.
 */
export interface Decider<Command, State, Event extends DaybookEvent> {
  readonly initial: () => State;
  readonly decide: (command: Command, state: State) => readonly Event[];
  readonly evolve: (state: State, event: Event, at: number) => State;
  /** Whether an event of this subject belongs to the decider; others are passed over. */
  readonly knows: (event: DaybookEvent) => event is Event;
}

export interface Folded<State> {
  readonly state: State;
  /** The last commit on the subject, counted or not: what the next append must expect. */
  readonly head: Position | null;
  /** The last commit that counted: the next one's `prev`. */
  readonly counted: Position | null;
}

/**
 * Folds one more commit. The second fence: a commit whose `prev` is not the last that counted was decided on
 * another history (a replicated server that did not enforce the expectation) and is void for every reader.
 */
export function foldCommit<C, S, E extends DaybookEvent>(
  decider: Decider<C, S, E>,
  folded: Folded<S>,
  recorded: Recorded,
): Folded<S> {
  const { commit, position } = recorded;
  if ((commit.prev ?? null) !== folded.counted) return { ...folded, head: position };
  let state = folded.state;
  for (const event of commit.events)
    if (decider.knows(event)) state = decider.evolve(state, event, commit.at);
  return { state, head: position, counted: position };
}

export const unfolded = <C, S, E extends DaybookEvent>(decider: Decider<C, S, E>): Folded<S> => ({
  state: decider.initial(),
  head: null,
  counted: null,
});
