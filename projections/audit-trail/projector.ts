import { everything } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';
import { toldBy } from './told.ts';

const auditTrail: Table = {
  name: 'audit_trail',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['at', 'timestamptz not null'],
    ['actor', 'text not null'],
    ['acting_for', 'text'],
    ['action', 'text not null'],
    ['target', 'text'],
    ['outcome', 'text not null'],
    ['reason', 'text'],
    ['route', 'text'],
    ['address', 'text'],
    ['request', 'text'],
    ['left_out', 'int'],
    ['position', 'text not null'],
    ['sequence', 'bigint not null'],
    ['event_index', 'int not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: [
    'tenant_id, sequence, event_index',
    'tenant_id, action, sequence',
    'tenant_id, actor, sequence',
    'tenant_id, target, sequence',
  ],
};

function rowOf(item: EventItem): Value[] | undefined {
  const { event, commit } = item;
  const told = toldBy(event);
  if (!told) return undefined;
  const { route, address, request, user } = told.asked ?? {};
  return [
    item.tenant,
    item.id,
    isoOf(item.at),
    event.by?.actor ?? commit.actor,
    user,
    event.type,
    told.target,
    told.outcome ?? 'done',
    told.reason,
    route,
    address,
    request,
    told.leftOut,
    item.position,
    item.sequence,
    item.index,
  ];
}

/** Who did what, when, from where, and what came of it. */
export const auditTrailProjector: EventProjector = {
  source: 'events',
  name: 'audit_trail',
  version: 1,
  filter: everything,
  wants: (event) => toldBy(event) !== undefined,
  ...appendOnly<EventItem>(auditTrail, (items) =>
    items.flatMap((item) => {
      const row = rowOf(item);
      return row ? [row] : [];
    }),
  ),
};
