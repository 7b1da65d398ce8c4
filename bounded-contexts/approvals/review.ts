import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';

type ReviewEvent = DaybookEvent<'review.requested' | 'review.resolved'>;

export type ReviewCommand =
  | ({ readonly kind: 'request' } & { readonly data: EventData<'review.requested'> })
  | ({ readonly kind: 'resolve' } & { readonly data: EventData<'review.resolved'> });

export interface ReviewState {
  readonly requested: EventData<'review.requested'> | undefined;
  readonly resolved: EventData<'review.resolved'> | undefined;
}

/** A task that a person decides once: who comes second with another decision is told so. */
export const reviewDecider: Decider<ReviewCommand, ReviewState, ReviewEvent> = {
  initial: () => ({ requested: undefined, resolved: undefined }),
  decide(command, { requested, resolved }) {
    if (command.kind === 'request')
      return requested ? [] : [{ type: 'review.requested', data: command.data }];
    if (!requested) throw new DaybookError('resource.not-found', 'There is no such review task.');
    if (!resolved) return [{ type: 'review.resolved', data: command.data }];
    if (resolved.resolution === command.data.resolution && resolved.by === command.data.by) return [];
    throw new DaybookError('command.rejected', `It is ${resolved.resolution} already.`);
  },
  evolve: (state, event) =>
    event.type === 'review.requested'
      ? { ...state, requested: event.data }
      : { ...state, resolved: event.data },
  knows: (event): event is ReviewEvent =>
    event.type === 'review.requested' || event.type === 'review.resolved',
};
