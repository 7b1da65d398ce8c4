import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { MemberRole } from '../../schemas/roles.ts';
import type { Decider } from '../kernel/index.ts';

interface Place {
  readonly user: string;
  /** Null: the whole tenant. */
  readonly department: string | null;
}

export type MembershipCommand =
  | (Place & { readonly kind: 'grant'; readonly role: MemberRole })
  | (Place & { readonly kind: 'revoke' });

export type MembershipEvent = DaybookEvent<'membership.granted' | 'membership.revoked'>;

export interface MembershipState {
  /** Null where there is none (any more). */
  readonly role: MemberRole | null;
  readonly granted: boolean;
}

/** The id of the aggregate: ids of users and departments have a fixed length, so that it names one pair only. */
export const membershipId = ({ user, department }: Place): string => `${user}_${department ?? '-'}`;

const ofTheWholeTenant: ReadonlySet<string> = new Set(['platform-admin', 'tenant-admin', 'auditor']);

/** One person's role in one department, or in the whole tenant. */
export const membershipDecider: Decider<MembershipCommand, MembershipState, MembershipEvent> = {
  initial: () => ({ role: null, granted: false }),
  decide(command, state) {
    const { user, department } = command;
    switch (command.kind) {
      case 'grant': {
        const { role } = command;
        if (department !== null && ofTheWholeTenant.has(role))
          throw new DaybookError(
            'command.rejected',
            `A ${role} is one of the whole tenant: name no department.`,
          );
        if (department === null && role === 'department-lead')
          throw new DaybookError('command.rejected', 'A department-lead leads a department: name it.');
        return state.role === role ? [] : [{ type: 'membership.granted', data: { user, department, role } }];
      }
      case 'revoke':
        if (!state.granted) throw new DaybookError('resource.not-found', 'There is no such membership.');
        return state.role === null ? [] : [{ type: 'membership.revoked', data: { user, department } }];
    }
  },
  evolve(_state, event) {
    switch (event.type) {
      case 'membership.granted':
        return { role: event.data.role, granted: true };
      case 'membership.revoked':
        return { role: null, granted: true };
    }
  },
  knows: (event): event is MembershipEvent => event.type.startsWith('membership.'),
};
