import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const workflowVersions: Table = {
  name: 'workflow_versions',
  columns: [
    ['tenant_id', 'text not null'],
    ['workflow', 'text not null'],
    ['version', 'int not null'],
    ['hash', 'text not null'],
    ['note', 'text'],
    ['definition', 'text not null'],
    ['published_at', 'timestamptz not null'],
    ['actor', 'text not null'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'workflow', 'version'],
  indexes: ['tenant_id, published_at desc'],
};

/** Immutable versions of workflows. A number is given once, so the first commit that gave it counts. */
export const workflowVersionsProjector: EventProjector = {
  source: 'events',
  name: 'workflow_versions',
  version: 1,
  filter: aggregates('workflow'),
  ...appendOnly<EventItem>(workflowVersions, (items) =>
    items.flatMap(({ tenant, event, commit, at, position }): Value[][] => {
      if (event.type !== 'workflow.version.published') return [];
      const { workflow, version, hash, note, definition } = event.data;
      const actor = event.by?.actor ?? commit.actor;
      return [[tenant, workflow, version, hash, note, definition, isoOf(at), actor, position]];
    }),
  ),
};
