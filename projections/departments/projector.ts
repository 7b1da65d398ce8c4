import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns, named } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const departments: Table = {
  name: 'departments',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['slug', 'text not null'],
    ['name', 'text not null'],
    ['icon', 'text'],
    ['description', 'text'],
    ['settings', 'jsonb not null'],
    ['status', 'text not null'],
    ['created_at', 'timestamptz not null'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, slug'],
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'department.created': {
      const { department, ...fields } = event.data;
      const set = { ...named(fields), status: 'active', created_at: isoOf(at) };
      return { key: [department], made: true, set };
    }
    case 'department.updated': {
      const { department, ...fields } = event.data;
      return { key: [department], set: named(fields) };
    }
    case 'department.archived':
      return { key: [event.data.department], set: { status: 'archived' } };
    case 'department.restored':
      return { key: [event.data.department], set: { status: 'active' } };
    default:
      return undefined;
  }
}

/** Departments, archived ones included. */
export const departmentsProjector: EventProjector = {
  source: 'events',
  name: 'departments',
  version: 1,
  filter: aggregates('department'),
  ...latest(departments, changeOf),
};
