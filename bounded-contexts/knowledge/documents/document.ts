import { DaybookError } from '../../../schemas/errors.ts';
import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import type { DocumentStatus } from '../../../schemas/knowledge.ts';
import type { Decider } from '../../kernel/index.ts';

export type DocumentEvent = DaybookEvent<
  | 'document.uploaded'
  | 'document.ingestion.started'
  | 'document.ingestion.postponed'
  | 'document.extracted'
  | 'document.chunked'
  | 'document.indexed'
  | 'document.failed'
  | 'document.reindex.requested'
  | 'document.deleted'
>;

export type Upload = Omit<EventData<'document.uploaded'>, 'revision'>;

/** A revision on its way, and what is known of it so far. */
export interface RevisionState extends EventData<'document.uploaded'> {
  readonly status: Exclude<DocumentStatus, 'deleted'>;
  /** Attempts of ingestion since it was uploaded, or since it was to be indexed anew. */
  readonly attempts: number;
  /** Unix ms. */
  readonly at: number;
  readonly extracted?: EventData<'document.extracted'>;
  readonly chunks?: number;
  readonly indexed?: EventData<'document.indexed'>;
  /** Why it failed, or, while it is `uploaded`, why it waits. */
  readonly failure?: { readonly code: string; readonly reason: string };
}

export interface DocumentState {
  readonly status: 'none' | 'there' | 'deleted';
  /** The newest revision; undefined only before the first. */
  readonly present: RevisionState | undefined;
  /** What is found: the last revision that was indexed. */
  readonly live: RevisionState | undefined;
  /** The blob of the first revision: by it the command that made the document is known again. */
  readonly first: string | undefined;
  readonly createdAt: number;
}

type OfRevision = { readonly document: string; readonly revision: number };

export type DocumentCommand =
  | ({ readonly kind: 'create' } & Upload)
  | ({ readonly kind: 'replace' } & Upload)
  | ({ readonly kind: 'start'; readonly mostAttempts: number } & OfRevision)
  | ({ readonly kind: 'postpone' } & EventData<'document.ingestion.postponed'>)
  | ({ readonly kind: 'extracted' } & EventData<'document.extracted'>)
  | ({ readonly kind: 'chunked' } & EventData<'document.chunked'>)
  | ({ readonly kind: 'indexed' } & EventData<'document.indexed'>)
  | ({ readonly kind: 'failed' } & EventData<'document.failed'>)
  | { readonly kind: 'reindex'; readonly document: string }
  | { readonly kind: 'delete'; readonly document: string };

const finished = new Set<DocumentStatus>(['indexed', 'failed']);

/**
 * A document's life: revisions that are uploaded one after the other, each ingested in steps that change nothing where
 * they come again, late, or for a revision that is no longer the newest. Only what is indexed is ever found, and the
 * revision before it stays found until then.
 */
export const documentDecider: Decider<DocumentCommand, DocumentState, DocumentEvent> = {
  initial: () => ({ status: 'none', present: undefined, live: undefined, first: undefined, createdAt: 0 }),
  decide(command, state) {
    if (command.kind === 'create') {
      const { kind: _, ...upload } = command;
      if (state.status === 'none') return [{ type: 'document.uploaded', data: { ...upload, revision: 1 } }];
      if (state.first === upload.blob && state.present?.department === upload.department) return [];
      throw new DaybookError('request.key-reused');
    }
    const { present } = state;
    if (state.status !== 'there' || !present) {
      // What a worker says of a document that was deleted meanwhile is no longer of interest.
      if (state.status === 'deleted' && command.kind !== 'replace' && command.kind !== 'reindex') return [];
      throw new DaybookError('resource.not-found', 'There is no such document.');
    }
    if (command.kind === 'replace') {
      const { kind: _, ...upload } = command;
      return [{ type: 'document.uploaded', data: { ...upload, revision: present.revision + 1 } }];
    }
    if (command.kind === 'delete')
      return [{ type: 'document.deleted', data: { document: command.document } }];
    if (command.kind === 'reindex') {
      const data = { document: command.document, revision: present.revision };
      return present.status === 'uploaded' ? [] : [{ type: 'document.reindex.requested', data }];
    }
    return ingestion(command, present);
  },
  evolve(state, event, at) {
    const { present } = state;
    switch (event.type) {
      case 'document.uploaded':
        return {
          ...state,
          status: 'there',
          first: state.first ?? event.data.blob,
          createdAt: state.status === 'none' ? at : state.createdAt,
          present: { ...event.data, status: 'uploaded', attempts: 0, at },
        };
      case 'document.deleted':
        return { ...state, status: 'deleted', live: undefined };
      default: {
        if (!present || present.revision !== event.data.revision) return state;
        const next = progressed(present, event);
        return { ...state, present: next, live: event.type === 'document.indexed' ? next : state.live };
      }
    }
  },
  knows: (event): event is DocumentEvent => event.type.startsWith('document.'),
};

type Step = Exclude<DocumentCommand, { kind: 'create' | 'replace' | 'delete' | 'reindex' }>;

function ingestion(command: Step, present: RevisionState): readonly DocumentEvent[] {
  if (command.revision !== present.revision || finished.has(present.status)) return [];
  switch (command.kind) {
    case 'start': {
      const { document, revision, mostAttempts } = command;
      if (present.attempts >= mostAttempts) {
        const reason = `${present.attempts} attempts to read it ended without a result.`;
        return [{ type: 'document.failed', data: { document, revision, code: 'document.gave-up', reason } }];
      }
      const attempt = present.attempts + 1;
      return [{ type: 'document.ingestion.started', data: { document, revision, attempt } }];
    }
    case 'postpone': {
      const { kind: _, ...data } = command;
      // Two workers that met the same say it once.
      if (present.status === 'uploaded' && present.failure?.code === data.code) return [];
      return [{ type: 'document.ingestion.postponed', data }];
    }
    case 'extracted': {
      const { kind: _, ...data } = command;
      return [{ type: 'document.extracted', data }];
    }
    case 'chunked': {
      const { kind: _, ...data } = command;
      return [{ type: 'document.chunked', data }];
    }
    case 'indexed': {
      const { kind: _, ...data } = command;
      return [{ type: 'document.indexed', data }];
    }
    case 'failed': {
      const { kind: _, ...data } = command;
      return [{ type: 'document.failed', data }];
    }
  }
}

type Progress = Exclude<DocumentEvent, { type: 'document.uploaded' | 'document.deleted' }>;

function progressed(present: RevisionState, event: Progress): RevisionState {
  switch (event.type) {
    case 'document.ingestion.started':
      return { ...present, status: 'extracting', attempts: event.data.attempt };
    case 'document.ingestion.postponed':
      return {
        ...present,
        status: 'uploaded',
        attempts: Math.max(0, present.attempts - 1),
        failure: { code: event.data.code, reason: event.data.reason },
      };
    case 'document.extracted':
      return { ...present, status: 'chunking', extracted: event.data };
    case 'document.chunked':
      return { ...present, status: 'embedding', chunks: event.data.chunks };
    case 'document.indexed':
      return { ...present, status: 'indexed', indexed: event.data, chunks: event.data.chunks };
    case 'document.failed':
      return {
        ...present,
        status: 'failed',
        failure: { code: event.data.code, reason: event.data.reason },
      };
    case 'document.reindex.requested': {
      const { failure: _, ...rest } = present;
      return { ...rest, status: 'uploaded', attempts: 0 };
    }
  }
}
