import type { EventData } from '../../../schemas/events/index.ts';
import { type EventLog, subjectOf } from '../../kernel/index.ts';
import type { BlobStore } from '../documents/index.ts';
import { quoteHash } from './quote-hash.ts';

/** A citation of a recorded answer that does not hold. `citation` is its place in the event, from 0. */
export interface AnswerFinding {
  readonly query: string;
  readonly citation: number;
  readonly document: string;
  readonly revision: number;
  /** No such revision was ever extracted, its offsets are not in its text, or what stands there is something else. */
  readonly problem: 'no-text' | 'out-of-bounds' | 'other-words';
}

/**
 * The canonical texts of a revision: one, but where it was read anew by a later version of a reader, one for each.
 * None where it was never extracted.
 */
export type TextsOf = (document: string, revision: number) => Promise<readonly string[]>;

/** Holds each citation of a recorded answer against the texts: offsets and hash of its quote. Empty where all hold. */
export async function verifyAnswer(
  { query, citations }: Pick<EventData<'query.answered'>, 'query' | 'citations'>,
  textsOf: TextsOf,
): Promise<AnswerFinding[]> {
  const findings: AnswerFinding[] = [];
  for (const [citation, { document, revision, start, end, quote }] of citations.entries()) {
    const texts = await textsOf(document, revision);
    const within = texts.filter((text) => start < end && end <= text.length);
    if (within.some((text) => quoteHash(text.slice(start, end)) === quote)) continue;
    const problem = texts.length === 0 ? 'no-text' : within.length === 0 ? 'out-of-bounds' : 'other-words';
    findings.push({ query, citation, document, revision, problem });
  }
  return findings;
}

/** Texts are read once for all answers that cite them; so many documents are kept. */
const kept = 50;

/**
 * The texts of a tenant's documents from log and blobs alone: no read model, no index. Also of revisions that were
 * replaced or deleted. Throws what the blob store throws where a blob is gone.
 */
export function textsOnLog(
  { log, blobs }: { readonly log: Pick<EventLog, 'read'>; readonly blobs: Pick<BlobStore, 'read'> },
  tenant: string,
): TextsOf {
  const known = new Map<string, Promise<ReadonlyMap<number, readonly string[]>>>();

  async function read(document: string): Promise<ReadonlyMap<number, readonly string[]>> {
    const owners = new Map<number, string>();
    const named = new Map<number, Set<string>>();
    for await (const { commit } of log.read(subjectOf(tenant, 'document', document), null))
      for (const event of commit.events) {
        if (event.type === 'document.uploaded') owners.set(event.data.revision, event.data.department);
        if (event.type !== 'document.extracted') continue;
        const { revision, text } = event.data;
        named.set(revision, (named.get(revision) ?? new Set()).add(text));
      }
    const texts = new Map<number, readonly string[]>();
    for (const [revision, blobsOf] of named) {
      const owner = owners.get(revision) ?? '';
      const all: string[] = [];
      for (const blob of blobsOf) all.push(await wholeText(blobs.read({ tenant, owner }, blob)));
      texts.set(revision, all);
    }
    return texts;
  }

  return async (document, revision) => {
    const texts = known.get(document) ?? read(document);
    known.delete(document);
    known.set(document, texts);
    texts.catch(() => known.delete(document));
    const [oldest] = known.keys();
    if (known.size > kept && oldest !== undefined) known.delete(oldest);
    return (await texts).get(revision) ?? [];
  };
}

async function wholeText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}
