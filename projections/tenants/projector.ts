import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns, named } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const tenants: Table = {
  name: 'tenants',
  columns: [
    ['tenant_id', 'text not null'],
    ['name', 'text not null'],
    ['region', 'text'],
    ['branding', "jsonb not null default '{}'"],
    ['policies', "jsonb not null default '{}'"],
    ['status', 'text not null'],
    ['created_at', 'timestamptz not null'],
    ...latestColumns,
  ],
  key: ['tenant_id'],
  indexes: [],
  platformReads: true,
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'tenant.created': {
      const { name, region = null } = event.data;
      return { key: [], made: true, set: { name, region, status: 'active', created_at: isoOf(at) } };
    }
    case 'tenant.updated': {
      const { tenant: _, ...fields } = event.data;
      return { key: [], set: named(fields) };
    }
    case 'tenant.suspended':
      return { key: [], set: { status: 'suspended' } };
    case 'tenant.resumed':
      return { key: [], set: { status: 'active' } };
    default:
      return undefined;
  }
}

/** Tenants. Each sees itself; the platform's own query sees all. */
export const tenantsProjector: EventProjector = {
  source: 'events',
  name: 'tenants',
  version: 1,
  filter: aggregates('tenant'),
  ...latest(tenants, changeOf),
};
