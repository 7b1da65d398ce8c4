import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const users: Table = {
  name: 'users',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['profile', 'text'],
    ['status', 'text not null'],
    ['registered_at', 'timestamptz not null'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'id'],
  indexes: [],
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'user.registered': {
      const { user, profile = null } = event.data;
      return { key: [user], made: true, set: { profile, status: 'active', registered_at: isoOf(at) } };
    }
    case 'user.updated':
      return { key: [event.data.user], set: { profile: event.data.profile } };
    case 'user.disabled':
      return { key: [event.data.user], set: { status: 'disabled' } };
    case 'user.enabled':
      return { key: [event.data.user], set: { status: 'active' } };
    default:
      return undefined;
  }
}

/** People by opaque ids, without anything personal: a profile is the id of a sealed content. */
export const usersProjector: EventProjector = {
  source: 'events',
  name: 'users',
  version: 1,
  filter: aggregates('user'),
  ...latest(users, changeOf),
};
