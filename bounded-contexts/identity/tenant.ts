import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';
import { changesTo } from './changes.ts';

export type TenantChanges = Omit<EventData<'tenant.updated'>, 'tenant'>;

export type TenantCommand =
  | ({ readonly kind: 'create' } & EventData<'tenant.created'>)
  | { readonly kind: 'update'; readonly tenant: string; readonly changes: TenantChanges }
  | { readonly kind: 'suspend' | 'resume'; readonly tenant: string };

export type TenantEvent = DaybookEvent<
  'tenant.created' | 'tenant.updated' | 'tenant.suspended' | 'tenant.resumed'
>;

export interface TenantState {
  readonly status: 'none' | 'active' | 'suspended';
  readonly name: string;
  readonly region: string | null;
  readonly branding: NonNullable<TenantChanges['branding']>;
  readonly policies: NonNullable<TenantChanges['policies']>;
}

/** The tenant that is there from the start, and whose keys may manage the others. */
export const defaultTenant = 'default';

/** A tenant's life: made once, changed, suspended and resumed; never gone, since its history is not. */
export const tenantDecider: Decider<TenantCommand, TenantState, TenantEvent> = {
  initial: () => ({ status: 'none', name: '', region: null, branding: {}, policies: {} }),
  decide(command, state) {
    const { tenant } = command;
    if (command.kind === 'create') {
      const { name, region } = command;
      if (state.status === 'none')
        return [
          { type: 'tenant.created', data: { tenant, name, ...(region === undefined ? {} : { region }) } },
        ];
      if (state.name === name && state.region === (region ?? null)) return [];
      throw new DaybookError('command.rejected', 'There is a tenant with this id; change it instead.');
    }
    if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such tenant.');
    switch (command.kind) {
      case 'update': {
        const changes = changesTo(state, command.changes);
        return changes ? [{ type: 'tenant.updated', data: { tenant, ...changes } }] : [];
      }
      case 'suspend':
        if (tenant === defaultTenant)
          throw new DaybookError('command.rejected', 'The tenant `default` manages the others: it stays.');
        return state.status === 'active' ? [{ type: 'tenant.suspended', data: { tenant } }] : [];
      case 'resume':
        return state.status === 'suspended' ? [{ type: 'tenant.resumed', data: { tenant } }] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'tenant.created':
        return { ...state, status: 'active', name: event.data.name, region: event.data.region ?? null };
      case 'tenant.updated': {
        const { name = state.name, region = state.region, branding = state.branding } = event.data;
        return { ...state, name, region, branding, policies: event.data.policies ?? state.policies };
      }
      case 'tenant.suspended':
        return { ...state, status: 'suspended' };
      case 'tenant.resumed':
        return { ...state, status: 'active' };
    }
  },
  knows: (event): event is TenantEvent => event.type.startsWith('tenant.'),
};
