import { DaybookError } from '../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../schemas/events/index.ts';
import type { Decider } from '../kernel/index.ts';

export type IssuedKey = EventData<'key.issued'>;

export type KeyCommand =
  | ({ readonly kind: 'issue' } & IssuedKey)
  | { readonly kind: 'rotate'; readonly key: string; readonly hash: string; readonly previousUntil: string }
  | { readonly kind: 'revoke'; readonly key: string };

export type KeyEvent = DaybookEvent<'key.issued' | 'key.rotated' | 'key.revoked'>;

export type KeyState =
  | { readonly status: 'none' }
  | {
      readonly status: 'active' | 'revoked';
      /** As it was issued, but for the hash, which is the present secret's. */
      readonly issued: IssuedKey;
      /** The secret before the last rotation, in force until then (Unix ms). */
      readonly previous: { readonly hash: string; readonly until: number } | null;
    };

/** A key's life: issued once, its secret rotated, revoked once; what it may is never changed. */
export const keyDecider: Decider<KeyCommand, KeyState, KeyEvent> = {
  initial: () => ({ status: 'none' }),
  decide(command, state) {
    if (command.kind === 'issue') {
      const { kind: _, ...data } = command;
      if (state.status === 'none') return [{ type: 'key.issued', data }];
      if (state.issued.hash === data.hash) return [];
      throw new DaybookError('command.rejected', 'A key with this id was issued before.');
    }
    if (state.status === 'none') throw new DaybookError('resource.not-found', 'There is no such key.');
    const { key } = command;
    switch (command.kind) {
      case 'rotate': {
        const { hash, previousUntil } = command;
        if (state.status === 'revoked') throw new DaybookError('command.rejected', 'The key is revoked.');
        return state.issued.hash === hash
          ? []
          : [{ type: 'key.rotated', data: { key, hash, previousUntil } }];
      }
      case 'revoke':
        return state.status === 'active' ? [{ type: 'key.revoked', data: { key } }] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'key.issued':
        return { status: 'active', issued: event.data, previous: null };
      case 'key.rotated': {
        if (state.status === 'none') return state;
        const previous = { hash: state.issued.hash, until: Date.parse(event.data.previousUntil) };
        return { ...state, issued: { ...state.issued, hash: event.data.hash }, previous };
      }
      case 'key.revoked':
        return state.status === 'none' ? state : { ...state, status: 'revoked', previous: null };
    }
  },
  knows: (event): event is KeyEvent => /^key\.(issued|rotated|revoked)$/.test(event.type),
};
