import { type CommittedEvent, everything } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

/**
 * One row a run of events that follow one another in a commit and differ in nothing that is indexed: a group
 * commit's hundred reservations are one row (docs/adr/0035). The payloads stay on the log, where `position`
 * finds them.
 */
export const eventIndex: Table = {
  name: 'event_index',
  columns: [
    ['tenant_id', 'text not null'],
    ['commit_id', 'text not null'],
    ['first_index', 'int not null'],
    ['last_index', 'int not null'],
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
  key: ['tenant_id', 'commit_id', 'first_index'],
  indexes: [
    'tenant_id, sequence, first_index',
    'tenant_id, type, sequence',
    'tenant_id, family, aggregate, sequence',
    { on: 'tenant_id, correlation, sequence', where: 'correlation is not null' },
  ],
};

const alike = (a: CommittedEvent, b: CommittedEvent): boolean =>
  a.type === b.type &&
  (a.by === b.by ||
    (a.by?.actor === b.by?.actor &&
      a.by?.correlation === b.by?.correlation &&
      a.by?.command === b.by?.command));

/**
 * The row of the run that begins with this event, if one does. Made of the commit alone, so that it is the same
 * however the log is cut into batches.
 */
function rowOf(item: EventItem): Value[] | undefined {
  const { commit, index, event } = item;
  const { events } = commit;
  const before = events[index - 1];
  if (before && alike(before, event)) return undefined;
  let last = index;
  for (let next = events[last + 1]; next && alike(next, event); next = events[last + 1]) last++;
  const { by } = event;
  return [
    item.tenant,
    commit.id,
    index,
    last,
    event.type,
    item.family,
    item.subject.split('.', 5)[4],
    isoOf(item.at),
    by?.actor ?? commit.actor,
    by?.correlation ?? commit.correlation,
    by?.command ?? commit.causation,
    item.position,
    item.sequence,
    item.bytes,
  ];
}

/** Every event of every tenant, findable. */
export const eventIndexProjector: EventProjector = {
  source: 'events',
  name: 'event_index',
  version: 2,
  filter: everything,
  ...appendOnly<EventItem>(eventIndex, (items) =>
    items.flatMap((item) => {
      const row = rowOf(item);
      return row ? [row] : [];
    }),
  ),
};
