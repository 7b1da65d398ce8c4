/**
 * Approvals: what a person must decide. Owns the family `review.<id>`, one aggregate a task; first of all answers that
 * are not to be given before somebody has looked at them. What becomes of a decision is for those who asked for it.
 */
import {
  type Clock,
  type CommandContext,
  type EventLog,
  execute,
  load,
  type Position,
  subjectOf,
} from '../kernel/index.ts';
import { type ReviewCommand, type ReviewState, reviewDecider } from './review.ts';

export interface ApprovalPorts {
  readonly log: EventLog;
  readonly clock: Clock;
}

export interface ReviewDone {
  readonly state: ReviewState;
  /** Null only where nothing was ever said of it. */
  readonly position: Position | null;
  readonly changed: boolean;
}

/** Throws `resource.not-found` where there is no such task, `command.rejected` where it is decided otherwise. */
export async function changeReview(
  { log, clock }: ApprovalPorts,
  { tenant, ...context }: CommandContext & { readonly tenant: string },
  command: ReviewCommand,
): Promise<ReviewDone> {
  const subject = subjectOf(tenant, 'review', command.data.review);
  const done = await execute(log, clock, subject, reviewDecider, command, context);
  return { state: done.state, position: done.position, changed: done.events.length > 0 };
}

/** A task as the log has it now. */
export async function loadReview(
  { log }: Pick<ApprovalPorts, 'log'>,
  tenant: string,
  review: string,
): Promise<ReviewState> {
  return (await load(log, subjectOf(tenant, 'review', review), reviewDecider)).state;
}

export type { ReviewState } from './review.ts';
