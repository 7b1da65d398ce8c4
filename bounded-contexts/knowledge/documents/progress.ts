import type { DocumentStatus } from '../../../schemas/knowledge.ts';
import type { DocumentEvent } from './document.ts';

/** What one event says of how far a document is. */
export interface Progress {
  readonly document: string;
  /** Of a deletion, which ends all of them: undefined. */
  readonly revision?: number;
  readonly status: DocumentStatus;
  readonly attempt?: number;
  readonly type?: string;
  readonly pages?: number;
  readonly chars?: number;
  readonly chunks?: number;
  /** Why it failed, or, while it is `uploaded`, why it waits. */
  readonly failure?: { readonly code: string; readonly reason: string };
}

/** The status that a document has from an event on. */
export function progressOf({ type, data }: DocumentEvent): Progress {
  const { document } = data;
  if (type === 'document.deleted') return { document, status: 'deleted' };
  const of = { document, revision: data.revision };
  switch (type) {
    case 'document.uploaded':
    case 'document.reindex.requested':
      return { ...of, status: 'uploaded' };
    case 'document.ingestion.started':
      return { ...of, status: 'extracting', attempt: data.attempt };
    case 'document.ingestion.postponed':
      return { ...of, status: 'uploaded', failure: { code: data.code, reason: data.reason } };
    case 'document.extracted':
      return { ...of, status: 'chunking', type: data.type, pages: data.pages, chars: data.chars };
    case 'document.chunked':
      return { ...of, status: 'embedding', chunks: data.chunks };
    case 'document.indexed':
      return { ...of, status: 'indexed', chunks: data.chunks };
    case 'document.failed':
      return { ...of, status: 'failed', failure: { code: data.code, reason: data.reason } };
  }
}
