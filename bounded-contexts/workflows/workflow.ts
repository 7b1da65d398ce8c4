import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';

export interface PublishVersion {
  readonly workflow: string;
  readonly hash: string;
  readonly definition: string;
  readonly note?: string;
}

export type WorkflowEvent = DaybookEvent<'workflow.version.published'>;

export interface WorkflowState {
  readonly version: number;
  readonly hash: string | null;
}

/** Versions are numbered 1, 2, 3 … by the order of the log; publishing what is the newest already adds none. */
export const workflowDecider: Decider<PublishVersion, WorkflowState, WorkflowEvent> = {
  initial: () => ({ version: 0, hash: null }),
  decide({ workflow, hash, definition, note }, state) {
    if (state.hash === hash) return [];
    const version = state.version + 1;
    return [
      {
        type: 'workflow.version.published',
        data: { workflow, version, hash, definition, ...(note === undefined ? {} : { note }) },
      },
    ];
  },
  evolve: (_state, event) => ({ version: event.data.version, hash: event.data.hash }),
  knows: (event): event is WorkflowEvent => event.type === 'workflow.version.published',
};
