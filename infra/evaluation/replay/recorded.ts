import {
  aggregates,
  type ContentLog,
  type ContentPlace,
  contentReader,
  type EventLog,
  type Folded,
  facts,
  foldCommit,
  parseSubject,
  unfolded,
  type Vault,
} from '../../../bounded-contexts/kernel/index.ts';
import {
  type DocumentDetails,
  type DocumentState,
  detailsPlace,
  documentDecider,
  endsOf,
  historyOf,
  type RevisionState,
} from '../../../bounded-contexts/knowledge/index.ts';
import type { EventData } from '../../../schemas/events/index.ts';

export interface RecordPorts {
  readonly log: EventLog;
  readonly contents: ContentLog;
  readonly vault: Pick<Vault, 'open'>;
}

export interface LiveDocument {
  readonly tenant: string;
  readonly revision: RevisionState;
  readonly details: DocumentDetails;
}

export interface RecordedQuestion {
  readonly tenant: string;
  readonly query: string;
  /** Unix ms. */
  readonly at: number;
  /** As it was searched: of a conversation, so that it stands alone. */
  readonly question: string;
  readonly departments: readonly string[];
}

export interface KnowledgeRecord {
  /** What is found now, of departments that are asked about. */
  readonly documents: readonly LiveDocument[];
  /** Oldest first. */
  readonly questions: readonly RecordedQuestion[];
  /** Questions whose words are gone: with the key of who asked, or with their time. */
  readonly erased: number;
  /** Questions that were asked of the past: they know what was found then. */
  readonly past: number;
  /** Slugs by tenant and id, see {@link placeOf}. */
  readonly slugs: ReadonlyMap<string, string>;
}

export const placeOf = (tenant: string, id: string): string => `${tenant}/${id}`;

type Answered = EventData<'query.answered'> & { readonly tenant: string; readonly at: number };

/**
 * What was asked since `since` (Unix ms), and the documents that are found now, from log and contents alone: no read
 * model is asked. `department`: the slug of the one that was asked; default: all. Throws what the log throws.
 */
export async function readRecord(
  ports: RecordPorts,
  { since, department }: { readonly since: number; readonly department?: string },
): Promise<KnowledgeRecord> {
  const { log } = ports;
  const ends = await endsOf(log);
  const slugs = new Map<string, string>();
  for await (const { subject, commit } of historyOf(log, aggregates('department'), ends))
    for (const event of commit.events)
      if (event.type === 'department.created')
        slugs.set(placeOf(parseSubject(subject).tenant, event.data.department), event.data.slug);

  const asked: Answered[] = [];
  let past = 0;
  for await (const { subject, commit } of historyOf(log, facts('queries'), ends)) {
    if (commit.at < since) continue;
    const { tenant } = parseSubject(subject);
    for (const event of commit.events) {
      if (event.type !== 'query.answered') continue;
      const among = event.data.departments.map((id) => slugs.get(placeOf(tenant, id)));
      if (department !== undefined && !among.includes(department)) continue;
      if (event.data.asOf !== undefined) past += 1;
      else asked.push({ ...event.data, tenant, at: commit.at });
    }
  }

  const wanted = new Set(
    asked.flatMap(({ tenant, departments }) => departments.map((id) => placeOf(tenant, id))),
  );
  const states = new Map<string, Folded<DocumentState>>();
  for await (const recorded of historyOf(log, aggregates('document'), ends)) {
    const before = states.get(recorded.subject) ?? unfolded(documentDecider);
    states.set(recorded.subject, foldCommit(documentDecider, before, recorded));
  }
  const live = [...states].flatMap(([subject, { state }]) => {
    const { tenant } = parseSubject(subject);
    const found = state.live && wanted.has(placeOf(tenant, state.live.department));
    return found && state.live ? [{ tenant, revision: state.live }] : [];
  });

  const read = await readerOf(ports, [
    ...asked.flatMap(({ question, answer }) => [question, answer]),
    ...live.map(({ revision }) => revision.details),
  ]);
  const documents: LiveDocument[] = [];
  for (const { tenant, revision } of live) {
    const details = await read(detailsPlace(tenant, revision.department, revision.details));
    if (details !== undefined) documents.push({ tenant, revision, details: JSON.parse(details) });
  }
  const questions: RecordedQuestion[] = [];
  for (const { tenant, query, at, dataSubject: subject, departments, ...one } of asked) {
    const question = await read({ tenant, subject, id: one.question, field: 'question' });
    if (question === undefined) continue;
    const answer = await read({ tenant, subject, id: one.answer, field: 'reply-to-question' });
    const searched = answer === undefined ? '' : String(JSON.parse(answer).searchedAs ?? '');
    questions.push({ tenant, query, at, question: searched || question, departments });
  }
  questions.sort((a, b) => a.at - b.at);
  return { documents, questions, erased: asked.length - questions.length, past, slugs };
}

/** Reads these contents, which are looked for once, from the beginning of all contents; undefined: gone. */
async function readerOf({ log, contents, vault }: RecordPorts, ids: readonly string[]) {
  const wanted = new Set(ids);
  const places = new Map<string, ContentPlace>();
  const behind = new Set((await log.info()).streams.map(({ stream }) => stream));
  const subscription = contents.subscribe([]);
  try {
    for await (const batch of subscription) {
      for (const { tenant, id, position, index } of batch.contents)
        if (wanted.has(id.split('~', 1)[0] ?? id)) places.set(placeOf(tenant, id), { position, index });
      if (batch.caughtUp) behind.delete(batch.stream);
      if (behind.size === 0) break;
    }
  } finally {
    await subscription.stop();
  }
  const find = async (tenant: string, id: string) => places.get(placeOf(tenant, id)) ?? null;
  const reader = contentReader({ contents, vault, find });
  return async (place: Parameters<typeof reader.read>[0]): Promise<string | undefined> => {
    const found = await reader.read(place);
    return found === null || 'redacted' in found ? undefined : Buffer.from(found).toString();
  };
}
