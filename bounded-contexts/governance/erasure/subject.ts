import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import type { Decider } from '../../kernel/index.ts';

type SubjectEvent = DaybookEvent<'subject.erased' | 'subject.erasure.completed'>;

type SubjectCommand =
  | { readonly kind: 'erase'; readonly data: EventData<'subject.erased'> }
  | { readonly kind: 'complete'; readonly data: EventData<'subject.erasure.completed'> };

type SubjectState = 'there' | 'erased' | 'completed';

/** A data subject's end: erased once, and completed once all that goes with it is gone. */
export const subjectDecider: Decider<SubjectCommand, SubjectState, SubjectEvent> = {
  initial: () => 'there',
  decide(command, state) {
    if (command.kind === 'erase')
      return state === 'there' ? [{ type: 'subject.erased', data: command.data }] : [];
    return state === 'erased' ? [{ type: 'subject.erasure.completed', data: command.data }] : [];
  },
  evolve: (_state, event) => (event.type === 'subject.erased' ? 'erased' : 'completed'),
  knows: (event): event is SubjectEvent =>
    event.type === 'subject.erased' || event.type === 'subject.erasure.completed',
};
