import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';

export type UserCommand =
  | { readonly kind: 'register'; readonly user: string; readonly profile?: string }
  | { readonly kind: 'update'; readonly user: string; readonly profile: string }
  | {
      readonly kind: 'disable' | 'enable' | 'set-password' | 'remove-password';
      readonly user: string;
    };

export type UserEvent = DaybookEvent<
  | 'user.registered'
  | 'user.updated'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.password.set'
  | 'user.password.removed'
>;

export interface UserState {
  readonly status: 'none' | 'active' | 'disabled';
  /** The id of the content that holds the personal fields. */
  readonly profile: string | null;
  /** They can sign in here, by a password that lies in the vault. */
  readonly password: boolean;
}

/** A person's life in a tenant. What is personal is a content that the events only name. */
export const userDecider: Decider<UserCommand, UserState, UserEvent> = {
  initial: () => ({ status: 'none', profile: null, password: false }),
  decide(command, state) {
    const { user } = command;
    if (command.kind === 'register') {
      const { profile } = command;
      if (state.status !== 'none') return [];
      return [{ type: 'user.registered', data: { user, ...(profile === undefined ? {} : { profile }) } }];
    }
    if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such user.');
    switch (command.kind) {
      case 'update':
        return state.profile === command.profile
          ? []
          : [{ type: 'user.updated', data: { user, profile: command.profile } }];
      case 'disable':
        return state.status === 'active' ? [{ type: 'user.disabled', data: { user } }] : [];
      case 'enable':
        return state.status === 'disabled' ? [{ type: 'user.enabled', data: { user } }] : [];
      case 'set-password':
        // Another one each time: the log cannot tell whether it is the same.
        return [{ type: 'user.password.set', data: { user } }];
      case 'remove-password':
        return state.password ? [{ type: 'user.password.removed', data: { user } }] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'user.registered':
        return { ...state, status: 'active', profile: event.data.profile ?? null };
      case 'user.updated':
        return { ...state, profile: event.data.profile };
      case 'user.disabled':
        return { ...state, status: 'disabled' };
      case 'user.enabled':
        return { ...state, status: 'active' };
      case 'user.password.set':
        return { ...state, password: true };
      case 'user.password.removed':
        return { ...state, password: false };
    }
  },
  knows: (event): event is UserEvent => event.type.startsWith('user.'),
};
