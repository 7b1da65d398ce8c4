import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const breakerChanges: Table = {
  name: 'breaker_changes',
  columns: [
    ['tenant_id', 'text not null'],
    ['model', 'text not null'],
    ['at', 'timestamptz not null'],
    ['change', 'text not null'],
    ['cause', 'text'],
    ['code', 'text'],
    ['invocations', 'jsonb not null'],
    ['probe_at', 'timestamptz'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'position', 'change'],
  indexes: ['tenant_id, model, at desc', 'tenant_id, at desc'],
};

function rowOf({ tenant, event, at, position }: EventItem): Value[][] {
  const row = (model: string, change: string, calls: readonly string[], ...rest: Value[]): Value[][] => {
    const [cause = null, code = null, probeAt = null] = rest;
    return [[tenant, model, isoOf(at), change, cause, code, JSON.stringify(calls), probeAt, position]];
  };
  switch (event.type) {
    case 'breaker.opened': {
      const { model, cause, code, invocations, probeAt } = event.data;
      return row(model, 'opened', invocations, cause, code, probeAt);
    }
    case 'breaker.probed':
      return row(event.data.model, 'probed', [event.data.invocation]);
    case 'breaker.released':
      return row(event.data.model, 'released', [event.data.invocation]);
    case 'breaker.closed':
      return row(event.data.model, 'closed', [event.data.invocation]);
    default:
      return [];
  }
}

/** When a model's circuit opened, was probed, given back and closed, with what caused it: why it was open at any moment. */
export const breakersProjector: EventProjector = {
  source: 'events',
  name: 'breakers',
  version: 1,
  filter: aggregates('breaker'),
  ...appendOnly<EventItem>(breakerChanges, (items) => items.flatMap(rowOf)),
};
