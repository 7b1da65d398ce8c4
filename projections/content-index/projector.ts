import { appendOnly } from '../runtime/append-only.ts';
import type { Table } from '../runtime/columns.ts';
import type { ContentItem, ContentProjector } from '../runtime/projector.ts';

const contentIndex: Table = {
  name: 'content_index',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['data_subject', 'text not null'],
    ['position', 'text not null'],
    ['content_index', 'int not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: [],
};

/** Where each content lies: events name contents by id alone. */
export const contentIndexProjector: ContentProjector = {
  source: 'contents',
  name: 'content_index',
  version: 2,
  ...appendOnly<ContentItem>(contentIndex, (items) =>
    items.map(({ tenant, content, dataSubject, position, index }) => [
      tenant,
      content,
      dataSubject,
      position,
      index,
    ]),
  ),
};
