import { DaybookError } from '../../../schemas/errors.ts';
import {
  type CommandContext,
  execute,
  load,
  type Position,
  sealContent,
  subjectOf,
  uuidv7,
} from '../../kernel/index.ts';
import { type DocumentCommand, type DocumentState, documentDecider, type Upload } from './document.ts';
import type { DocumentPorts, UploadPorts } from './ports.ts';

/** What is told of a document by whoever brings it, and may be about people: sealed under the department's key. */
export interface DocumentDetails {
  readonly name: string;
  readonly declaredType?: string;
  readonly source?: string;
  readonly author?: string;
}

export interface DocumentAsked extends CommandContext {
  readonly tenant: string;
}

export interface DocumentDone {
  readonly state: DocumentState;
  readonly position: Position;
  readonly changed: boolean;
}

const subjectFor = (tenant: string, document: string) => subjectOf(tenant, 'document', document);

/** Carries out a command on one document. Throws `resource.not-found` where there is none, `command.conflict`. */
export async function changeDocument(
  { log, clock }: DocumentPorts,
  { tenant, ...context }: DocumentAsked,
  command: DocumentCommand,
): Promise<DocumentDone> {
  const subject = subjectFor(tenant, command.document);
  const done = await execute(log, clock, subject, documentDecider, command, context);
  if (done.position === null)
    throw new DaybookError('internal', 'A command that was accepted has no commit.');
  return { state: done.state, position: done.position, changed: done.events.length > 0 };
}

/** What the log says of a document now. */
export async function loadDocument(
  { log }: Pick<DocumentPorts, 'log'>,
  tenant: string,
  document: string,
): Promise<DocumentState> {
  return (await load(log, subjectFor(tenant, document), documentDecider)).state;
}

/** The place of a document's details. */
export const detailsPlace = (tenant: string, department: string, details: string) =>
  ({ tenant, subject: department, id: details, field: 'document' }) as const;

/**
 * A new document, or (`replaces`) a new revision of one that is there, of bytes that are kept already. Its details are
 * sealed and stored before the event that names them.
 */
export async function uploadDocument(
  ports: UploadPorts,
  asked: DocumentAsked,
  upload: Omit<Upload, 'details'>,
  details: DocumentDetails,
  replaces: boolean,
): Promise<DocumentDone> {
  const id = uuidv7(ports.clock());
  const place = detailsPlace(asked.tenant, upload.department, id);
  const sealed = await sealContent(ports.vault, place, Buffer.from(JSON.stringify(details)));
  await ports.contents.put(asked.tenant, sealed);
  return changeDocument(ports, asked, { kind: replaces ? 'replace' : 'create', ...upload, details: id });
}
