import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';

const memberships: Table = {
  name: 'memberships',
  columns: [
    ['tenant_id', 'text not null'],
    ['user_id', 'text not null'],
    // '-' is the whole tenant.
    ['department', 'text not null'],
    ['role', 'text'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'user_id', 'department'],
  indexes: ['tenant_id, department, user_id'],
};

function changeOf({ event }: EventItem): Change | undefined {
  if (event.type !== 'membership.granted' && event.type !== 'membership.revoked') return undefined;
  const { user, department } = event.data;
  const role = event.type === 'membership.granted' ? event.data.role : null;
  return { key: [user, department ?? '-'], made: event.type === 'membership.granted', set: { role } };
}

/** Who has which role where; without a role where it was revoked. */
export const membershipsProjector: EventProjector = {
  source: 'events',
  name: 'memberships',
  version: 1,
  filter: aggregates('membership'),
  ...latest(memberships, changeOf),
};
