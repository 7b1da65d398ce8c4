import { aggregates } from '../../bounded-contexts/kernel/index.ts';
import type { Table } from '../runtime/columns.ts';
import { type Change, latest, latestColumns } from '../runtime/latest.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const documents: Table = {
  name: 'documents',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['department', 'text not null'],
    ['revision', 'int not null'],
    ['live_revision', 'int'],
    ['status', 'text not null'],
    ['details', 'text not null'],
    ['bytes', 'bigint not null'],
    ['tags', 'jsonb not null'],
    ['privacy', 'text not null'],
    ['date', 'text'],
    ['type', 'text'],
    ['language', 'text'],
    ['chars', 'int'],
    ['pages', 'int'],
    ['notes', 'jsonb'],
    ['chunks', 'int'],
    ['model', 'text'],
    ['failure_code', 'text'],
    ['failure_reason', 'text'],
    ['attempts', 'int not null'],
    ['created_at', 'timestamptz not null'],
    ...latestColumns,
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, department, id', 'tenant_id, status, id'],
};

/** What a revision that was begun anew has not yet. */
const unknown = {
  type: null,
  language: null,
  chars: null,
  pages: null,
  notes: null,
  chunks: null,
  model: null,
  failure_code: null,
  failure_reason: null,
  attempts: 0,
};

function changeOf({ event, at }: EventItem): Change | undefined {
  switch (event.type) {
    case 'document.uploaded': {
      const { document, revision, department, details, bytes, tags, privacy, date } = event.data;
      const set = {
        revision,
        status: 'uploaded',
        details,
        bytes: String(bytes),
        tags: JSON.stringify(tags),
        privacy,
        date,
        ...unknown,
      };
      return revision === 1
        ? { key: [document], made: true, set: { ...set, department, created_at: isoOf(at) } }
        : { key: [document], set };
    }
    case 'document.ingestion.started':
      return {
        key: [event.data.document],
        set: { status: 'extracting', attempts: event.data.attempt, failure_code: null, failure_reason: null },
      };
    case 'document.ingestion.postponed': {
      const { document, code, reason } = event.data;
      return { key: [document], set: { status: 'uploaded', failure_code: code, failure_reason: reason } };
    }
    case 'document.extracted': {
      const { document, type, language, chars, pages, notes } = event.data;
      const set = { status: 'chunking', type, language, chars, pages, notes: JSON.stringify(notes) };
      return { key: [document], set };
    }
    case 'document.chunked':
      return { key: [event.data.document], set: { status: 'embedding', chunks: event.data.chunks } };
    case 'document.indexed': {
      const { document, revision, chunks, model } = event.data;
      return { key: [document], set: { status: 'indexed', live_revision: revision, chunks, model } };
    }
    case 'document.failed': {
      const { document, code, reason } = event.data;
      const set = { status: 'failed', failure_code: code, failure_reason: reason };
      return { key: [document], set };
    }
    case 'document.reindex.requested':
      return { key: [event.data.document], set: { status: 'uploaded', ...unknown } };
    case 'document.deleted':
      return { key: [event.data.document], set: { status: 'deleted', live_revision: null } };
    default:
      return undefined;
  }
}

/** Documents as they are now, deleted ones included. */
export const documentsProjector: EventProjector = {
  source: 'events',
  name: 'documents',
  version: 1,
  filter: aggregates('document'),
  ...latest(documents, changeOf),
};
