import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';

export type Role = 'admin' | 'service';

export type KeyCommand =
  | {
      readonly kind: 'issue';
      readonly key: string;
      readonly name: string;
      readonly hash: string;
      readonly role: Role;
      /** Its calls go to local models only. */
      readonly private?: boolean;
      /** Identical requests of it may be answered from the cache of answers. */
      readonly cache?: boolean;
    }
  | { readonly kind: 'revoke'; readonly key: string };

export type KeyEvent = DaybookEvent<'key.issued' | 'key.revoked'>;

export type KeyState =
  | { readonly status: 'none' }
  | { readonly status: 'active' | 'revoked'; readonly hash: string; readonly role: Role };

/** A key's life: issued once, revoked once, never changed. */
export const keyDecider: Decider<KeyCommand, KeyState, KeyEvent> = {
  initial: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.kind) {
      case 'issue': {
        if (state.status === 'none') {
          const { key, name, hash, role } = command;
          const options = {
            ...(command.private === true ? { private: true } : {}),
            ...(command.cache === true ? { cache: true } : {}),
          };
          return [{ type: 'key.issued', data: { key, name, hash, role, ...options } }];
        }
        if (state.hash === command.hash) return [];
        throw new DaybookError('command.rejected', 'A key with this id was issued before.');
      }
      case 'revoke':
        if (state.status === 'none') throw new DaybookError('resource.not-found');
        return state.status === 'active' ? [{ type: 'key.revoked', data: { key: command.key } }] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'key.issued':
        return { status: 'active', hash: event.data.hash, role: event.data.role };
      case 'key.revoked':
        return state.status === 'none' ? state : { ...state, status: 'revoked' };
    }
  },
  knows: (event): event is KeyEvent => event.type === 'key.issued' || event.type === 'key.revoked',
};
