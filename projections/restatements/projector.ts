import { facts } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

/** Of the columns of `spend_rollups` those that a group is made of, so that both can be summed as one. */
const costRestatements: Table = {
  name: 'cost_restatements',
  columns: [
    ['tenant_id', 'text not null'],
    ['invocation', 'text not null'],
    ['book', 'int not null'],
    ['hour', 'timestamptz not null'],
    ['day', 'date not null'],
    ['department', 'text not null'],
    ['user_id', 'text not null'],
    ['key', 'text not null'],
    ['agent', 'text not null'],
    ['task_type', 'text not null'],
    ['tier', 'smallint not null'],
    ['provider', 'text not null'],
    ['model', 'text not null'],
    ['was', 'numeric not null'],
    ['now', 'numeric not null'],
    ['restated_at', 'timestamptz not null'],
    ['position', 'text not null'],
  ],
  // Going back to an earlier book restates a call by the same book once more, from another cost.
  key: ['tenant_id', 'invocation', 'book', 'was'],
  indexes: ['tenant_id, hour'],
};

const hourMs = 3_600_000;

/** What calls cost by price books that came later: spend as corrected now is spend plus the differences. */
export const restatementsProjector: EventProjector = {
  source: 'events',
  name: 'restatements',
  version: 1,
  filter: facts('restatements'),
  ...appendOnly<EventItem>(costRestatements, (items) =>
    items.flatMap(({ tenant, event, at, position }): Value[][] => {
      if (event.type !== 'cost.restated') return [];
      const d = event.data;
      const hour = isoOf(d.calledAt - (d.calledAt % hourMs));
      const who = [d.department ?? '', d.user ?? '', d.key, d.agent ?? '', d.taskType ?? ''];
      return [
        [
          tenant,
          d.invocation,
          d.book,
          hour,
          d.day,
          ...who,
          d.tier,
          d.provider,
          d.model,
          d.was,
          d.now,
          isoOf(at),
          position,
        ],
      ];
    }),
  ),
};
