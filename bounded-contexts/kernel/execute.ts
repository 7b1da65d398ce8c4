import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import { appendOnce } from './append.ts';
import type { Clock } from './clock.ts';
import type { Commit } from './commit.ts';
import { type Decider, type Folded, foldCommit, unfolded } from './decider.ts';
import type { EventLog, Recorded } from './event-log.ts';
import { uuidv7 } from './ids.ts';
import type { Position } from './position.ts';
import type { Subject } from './subjects.ts';

export interface Execution<State, Event> {
  readonly state: State;
  readonly events: readonly Event[];
  /** The commit of this command; where it changed nothing, the aggregate's last commit, or null. */
  readonly position: Position | null;
}

export interface CommandContext {
  readonly actor: string;
  readonly correlation?: string;
  /** Repeating a command with the same id changes nothing more. Default: a new id. */
  readonly commandId?: string;
  /** Act only while this is still the aggregate's last commit, else `request.precondition-failed`. */
  readonly ifMatch?: Position;
}

export async function load<C, S, E extends DaybookEvent>(
  log: EventLog,
  subject: Subject,
  decider: Decider<C, S, E>,
  from: Folded<S> = unfolded(decider),
): Promise<Folded<S>> {
  let folded = from;
  for await (const recorded of log.read(subject, from.head)) folded = foldCommit(decider, folded, recorded);
  return folded;
}

const attempts = 3;

/**
 * Reads an aggregate, decides, and appends what was decided, exactly once. A lost race is folded and decided
 * anew, three times in all; then `command.conflict`. `from`: what is known of the aggregate, to read on from.
 */
export async function execute<C, S, E extends DaybookEvent>(
  log: EventLog,
  clock: Clock,
  subject: Subject,
  decider: Decider<C, S, E>,
  command: C,
  context: CommandContext,
  from?: Folded<S>,
): Promise<Execution<S, E>> {
  let folded = await load(log, subject, decider, from);
  const answerOf = (recorded: Recorded): Execution<S, E> => ({
    state: folded.state,
    events: recorded.commit.events.filter(decider.knows),
    position: recorded.position,
  });
  for (let attempt = 1; ; attempt++) {
    if (context.ifMatch !== undefined && context.ifMatch !== folded.head) {
      // Unless it was this command that moved it, and its answer was lost.
      const next = context.commandId === undefined ? null : await log.after(subject, context.ifMatch);
      if (!next || next.commit.causation !== context.commandId) {
        throw new DaybookError('request.precondition-failed');
      }
      return answerOf(next);
    }
    const events = decider.decide(command, folded.state);
    if (events.length === 0) return { state: folded.state, events, position: folded.head };
    const commit: Commit = {
      id: uuidv7(),
      at: clock(),
      actor: context.actor,
      ...(context.correlation === undefined ? {} : { correlation: context.correlation }),
      ...(context.commandId === undefined ? {} : { causation: context.commandId }),
      prev: folded.counted,
      events,
    };
    const result = await appendOnce(log, subject, commit, folded.head ?? 'none', {
      commandId: context.commandId ?? commit.id,
    });
    if (result.outcome === 'stored') {
      let state = folded.state;
      for (const event of events) state = decider.evolve(state, event, commit.at);
      return { state, events, position: result.position };
    }
    if (context.commandId !== undefined && result.next.commit.causation === context.commandId) {
      // Another try of the very same command won; what it did is our answer.
      folded = await load(log, subject, decider, folded);
      return answerOf(result.next);
    }
    if (attempt === attempts) throw new DaybookError('command.conflict');
    folded = await load(log, subject, decider, folded);
  }
}
