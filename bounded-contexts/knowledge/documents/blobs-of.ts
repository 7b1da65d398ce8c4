import { type EventLog, subjectOf } from '../../kernel/index.ts';

/** A blob that a document's history names, and of which revision it is. */
export interface NamedBlob {
  readonly blob: string;
  readonly revision: number;
  readonly kind: 'file' | 'text' | 'index';
}

/** Every blob that a document ever named. */
export async function blobsOf(
  log: Pick<EventLog, 'read'>,
  tenant: string,
  document: string,
): Promise<NamedBlob[]> {
  const named: NamedBlob[] = [];
  for await (const { commit } of log.read(subjectOf(tenant, 'document', document), null))
    for (const event of commit.events) {
      if (event.type === 'document.uploaded')
        named.push({ blob: event.data.blob, revision: event.data.revision, kind: 'file' });
      else if (event.type === 'document.extracted')
        named.push({ blob: event.data.text, revision: event.data.revision, kind: 'text' });
      else if (event.type === 'document.indexed')
        named.push({ blob: event.data.index, revision: event.data.revision, kind: 'index' });
    }
  return named;
}
