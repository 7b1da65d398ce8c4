import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';
import { changesTo } from './changes.ts';

export type DepartmentChanges = Omit<EventData<'department.updated'>, 'department'>;

export type DepartmentCommand =
  | ({ readonly kind: 'create' } & EventData<'department.created'>)
  | { readonly kind: 'update'; readonly department: string; readonly changes: DepartmentChanges }
  | { readonly kind: 'archive' | 'restore'; readonly department: string };

export type DepartmentEvent = DaybookEvent<
  'department.created' | 'department.updated' | 'department.archived' | 'department.restored'
>;

export interface DepartmentState extends Omit<EventData<'department.created'>, 'department'> {
  readonly status: 'none' | 'active' | 'archived';
}

/** A department's life. An archived one keeps its history and its budgets; nothing new is attributed to it. */
export const departmentDecider: Decider<DepartmentCommand, DepartmentState, DepartmentEvent> = {
  initial: () => ({ status: 'none', slug: '', name: '', icon: null, description: null, settings: {} }),
  decide(command, state) {
    const { department } = command;
    if (command.kind === 'create') {
      const { kind: _, ...data } = command;
      if (state.status === 'none') return [{ type: 'department.created', data }];
      const { department: _id, ...fields } = data;
      if (!changesTo(state, fields)) return [];
      throw new DaybookError('command.rejected', 'There is a department of this slug; change it instead.');
    }
    if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such department.');
    switch (command.kind) {
      case 'update': {
        const changes = changesTo(state, command.changes);
        return changes ? [{ type: 'department.updated', data: { department, ...changes } }] : [];
      }
      case 'archive':
        return state.status === 'active' ? [{ type: 'department.archived', data: { department } }] : [];
      case 'restore':
        return state.status === 'archived' ? [{ type: 'department.restored', data: { department } }] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'department.created': {
        const { department: _, ...fields } = event.data;
        return { status: 'active', ...fields };
      }
      case 'department.updated': {
        const { name = state.name, icon = state.icon, description = state.description } = event.data;
        return { ...state, name, icon, description, settings: event.data.settings ?? state.settings };
      }
      case 'department.archived':
        return { ...state, status: 'archived' };
      case 'department.restored':
        return { ...state, status: 'active' };
    }
  },
  knows: (event): event is DepartmentEvent => event.type.startsWith('department.'),
};
