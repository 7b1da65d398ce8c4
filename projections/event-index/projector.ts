import { everything } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

/** One row an event, narrow: the payload stays on the log, where `position` finds it. */
export const eventIndex: Table = {
  name: 'event_index',
  columns: [
    ['tenant_id', 'text not null'],
    ['commit_id', 'text not null'],
    ['event_index', 'int not null'],
    ['type', 'text not null'],
    ['family', 'text not null'],
    ['aggregate', 'text'],
    ['at', 'timestamptz not null'],
    ['actor', 'text not null'],
    ['correlation', 'text'],
    ['causation', 'text'],
    ['position', 'text not null'],
    ['sequence', 'bigint not null'],
    ['bytes', 'int not null'],
  ],
  key: ['tenant_id', 'commit_id', 'event_index'],
  indexes: [
    'tenant_id, sequence desc, event_index desc',
    'tenant_id, type, sequence desc',
    'tenant_id, family, aggregate, sequence desc',
    'tenant_id, correlation, sequence desc',
  ],
};

const rowOf = ({
  tenant,
  commit,
  index,
  event,
  family,
  subject,
  at,
  position,
  sequence,
  bytes,
}: EventItem): Value[] => {
  const id = subject.split('.', 5)[4];
  const { by } = event;
  return [
    tenant,
    commit.id,
    index,
    event.type,
    family,
    id,
    isoOf(at),
    by?.actor ?? commit.actor,
    by?.correlation ?? commit.correlation,
    by?.command ?? commit.causation,
    position,
    sequence,
    bytes,
  ];
};

/** Every event of every tenant, findable. */
export const eventIndexProjector: EventProjector = {
  source: 'events',
  name: 'event_index',
  version: 1,
  filter: everything,
  ...appendOnly<EventItem>(eventIndex, (items) => items.map(rowOf)),
};
