import { isDaybookError } from '../../../schemas/errors.ts';
import type { EventData } from '../../../schemas/events/index.ts';
import { aggregates, type EventLog, facts, type Position, parseSubject } from '../../kernel/index.ts';
import { quoteHash } from '../answering/index.ts';
import type { BlobStore } from '../documents/index.ts';
import { endsOf, historyOf } from './history.ts';

type Answered = EventData<'query.answered'>;
type Citation = Answered['citations'][number];

/** Why a citation does not hold. */
export type FaultReason =
  | 'no such revision'
  | 'of a department that was not asked'
  | 'its text is gone'
  | 'its text is damaged'
  | 'outside the text'
  | 'not what the text says';

export interface CitationFault {
  readonly tenant: string;
  readonly query: string;
  /** Unix ms. */
  readonly at: number;
  readonly position: Position;
  /** Which of the answer's citations, from 0. */
  readonly citation: number;
  readonly document: string;
  readonly revision: number;
  readonly start: number;
  readonly end: number;
  readonly reason: FaultReason;
}

export interface Verified {
  readonly answers: number;
  readonly citations: number;
  /** Those that hold. */
  readonly holding: number;
  /** Those of departments whose key was destroyed: nobody can read their texts any more. */
  readonly redacted: number;
  readonly faults: readonly CitationFault[];
}

export interface VerifyOptions {
  /** Unix ms: answers before it are passed over. Default: none. */
  readonly since?: number;
  readonly onProgress?: (answers: number) => void;
}

interface RevisionTexts {
  readonly department: string;
  /** The blobs of its canonical text, the newest first: it may have been read anew. */
  readonly texts: string[];
}

/** Texts in memory at most, those that were used last. */
const mostTexts = 16;

/**
 * Reads every `query.answered` on the log, and of each of its citations the canonical text of the revision that it
 * cites: the quote's hash must be that of exactly those UTF-16 units. Where a revision was read anew, one of its texts
 * must say so. Throws what log, blobs or vault throw where they are away.
 */
export async function verifyCitations(
  { log, blobs }: { readonly log: EventLog; readonly blobs: Pick<BlobStore, 'read'> },
  { since = 0, onProgress }: VerifyOptions = {},
): Promise<Verified> {
  const ends = await endsOf(log);
  const revisions = new Map<string, RevisionTexts>();
  for await (const { subject, commit } of historyOf(log, aggregates('document'), ends)) {
    const { tenant } = parseSubject(subject);
    for (const { type, data } of commit.events) {
      if (type === 'document.uploaded')
        revisions.set(nameOf(tenant, data), { department: data.department, texts: [] });
      else if (type === 'document.extracted') revisions.get(nameOf(tenant, data))?.texts.unshift(data.text);
    }
  }

  const textOf = textReader(blobs);
  async function judge(tenant: string, asked: Answered, citation: Citation): Promise<Judgement> {
    const revision = revisions.get(nameOf(tenant, citation));
    if (!revision || revision.texts.length === 0) return 'no such revision';
    if (!asked.departments.includes(revision.department)) return 'of a department that was not asked';
    let verdict: Judgement = 'not what the text says';
    for (const blob of revision.texts) {
      const text = await textOf({ tenant, owner: revision.department }, blob);
      verdict = 'failed' in text ? text.failed : held(text.text, citation);
      if (verdict === 'holds' || verdict === 'redacted') break;
    }
    return verdict;
  }

  const faults: CitationFault[] = [];
  const count = { answers: 0, citations: 0, holding: 0, redacted: 0 };
  for await (const { subject, commit, position } of historyOf(log, facts('queries'), ends)) {
    if (commit.at < since) continue;
    const { tenant } = parseSubject(subject);
    for (const event of commit.events) {
      if (event.type !== 'query.answered') continue;
      const { query, citations } = event.data;
      count.answers++;
      for (const [index, citation] of citations.entries()) {
        count.citations++;
        const verdict = await judge(tenant, event.data, citation);
        if (verdict === 'holds') count.holding++;
        else if (verdict === 'redacted') count.redacted++;
        else {
          const { document, revision, start, end } = citation;
          const where = { tenant, query, at: commit.at, position, citation: index };
          faults.push({ ...where, document, revision, start, end, reason: verdict });
        }
      }
      onProgress?.(count.answers);
    }
  }
  return { ...count, faults };
}

type Judgement = FaultReason | 'holds' | 'redacted';

const nameOf = (tenant: string, { document, revision }: { document: string; revision: number }): string =>
  `${tenant}/${document}/${revision}`;

function held(text: string, { start, end, quote }: Citation): Judgement {
  if (start >= end || end > text.length) return 'outside the text';
  return quoteHash(text.slice(start, end)) === quote ? 'holds' : 'not what the text says';
}

type ReadText = { readonly text: string } | { readonly failed: FaultReason | 'redacted' };

function textReader(blobs: Pick<BlobStore, 'read'>) {
  const kept = new Map<string, ReadText>();
  return async (place: { tenant: string; owner: string }, blob: string): Promise<ReadText> => {
    const name = `${place.tenant}/${blob}`;
    const text = kept.get(name) ?? (await read(blobs, place, blob));
    kept.delete(name);
    kept.set(name, text);
    const [oldest] = kept.keys();
    if (kept.size > mostTexts && oldest !== undefined) kept.delete(oldest);
    return text;
  };
}

async function read(
  blobs: Pick<BlobStore, 'read'>,
  place: { tenant: string; owner: string },
  blob: string,
): Promise<ReadText> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of blobs.read(place, blob)) parts.push(part);
  } catch (error) {
    if (isDaybookError(error, 'vault.redacted')) return { failed: 'redacted' };
    if (isDaybookError(error, 'resource.not-found')) return { failed: 'its text is gone' };
    if (isDaybookError(error, 'blobs.unavailable')) return { failed: 'its text is damaged' };
    throw error;
  }
  return { text: Buffer.concat(parts).toString() };
}
