import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const reviews: Table = {
  name: 'reviews',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['kind', 'text not null'],
    ['department', 'text not null'],
    ['query', 'text not null'],
    ['data_subject', 'text not null'],
    ['question', 'text not null'],
    ['draft', 'text not null'],
    ['reasons', 'jsonb not null'],
    ['status', 'text not null'],
    ['requested_at', 'timestamptz not null'],
    ['resolution', 'text'],
    ['decided_by', 'text'],
    ['answer', 'text'],
    ['document', 'text'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, department, status, id', 'tenant_id, query'],
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'review.requested': {
      const { review, kind, department, query, dataSubject, question, draft, reasons } = event.data;
      const set = {
        kind,
        department,
        query,
        data_subject: dataSubject,
        question,
        draft,
        reasons: JSON.stringify(reasons),
        status: 'open',
        requested_at: isoOf(at),
      };
      return { key: [review], made: true, set };
    }
    case 'review.resolved': {
      const { review, resolution, by, answer, document } = event.data;
      const set = {
        status: 'resolved',
        resolution,
        decided_by: by,
        answer: answer ?? null,
        document: document ?? null,
      };
      return { key: [review], set };
    }
    default:
      return undefined;
  }
}

/** What waits for a person's decision, and what was decided. */
export const reviewsProjector: EventProjector = {
  source: 'events',
  name: 'reviews',
  version: 1,
  filter: aggregates('review'),
  ...latest(reviews, changeOf),
};
