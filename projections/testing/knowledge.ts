import type { CommittedEvent } from '../../bounded-contexts/kernel/index.ts';
import { queryOutcomes } from '../../schemas/knowledge.ts';
import type { History } from './history.ts';

type Append = (family: string, id: string, event: CommittedEvent) => Promise<unknown>;

const blob = (h: History): string => `blob_${h.id().replaceAll('-', '')}`;

const uploaded = (h: History, document: string, revision: number): CommittedEvent => ({
  type: 'document.uploaded',
  data: {
    document,
    revision,
    department: `d_${h.below(3)}`,
    blob: blob(h),
    bytes: h.below(9_000_000),
    details: h.id(),
    settings: h.random() < 0.5 ? {} : { chunking: { strategy: 'rows', rows: 5 } },
    tags: ['a "tag"', 'with \\ and\nlines'].slice(h.below(3)),
    privacy: h.pick(['public', 'internal', 'confidential'] as const),
    date: h.random() < 0.5 ? null : '2026-02-28',
  },
});

/** All that a worker says of one revision, to its end. */
function read(h: History, document: string, revision: number, failed: boolean): CommittedEvent[] {
  const of = { document, revision };
  const started: CommittedEvent = {
    type: 'document.ingestion.started',
    data: { ...of, attempt: 1 + h.below(3) },
  };
  if (failed)
    return [
      started,
      { type: 'document.failed', data: { ...of, code: 'document.encrypted', reason: 'a "password"\n' } },
    ];
  const chunks = h.below(40);
  return [
    started,
    {
      type: 'document.extracted',
      data: {
        ...of,
        text: blob(h),
        canonicalVersion: 1,
        chars: h.below(90_000),
        pages: h.below(9),
        type: h.pick(['pdf', 'markdown', 'csv']),
        language: h.pick(['pt', 'en', 'und']),
        notes: h.random() < 0.5 ? [] : ['Page 2 "is" a picture.'],
      },
    },
    { type: 'document.chunked', data: { ...of, chunks, chunker: 'recursive-1' } },
    {
      type: 'document.indexed',
      data: { ...of, index: blob(h), chunks, model: 'builtin/hash', dimensions: 1_024, reused: h.below(3) },
    },
  ];
}

/** Documents whose revisions are read, fail, are read anew, replaced and deleted. */
async function appendDocuments(append: Append, h: History): Promise<void> {
  const lives: ((document: string) => CommittedEvent[])[] = [
    (document) => [uploaded(h, document, 1)],
    (document) => [
      uploaded(h, document, 1),
      ...read(h, document, 1, true),
      { type: 'document.reindex.requested', data: { document, revision: 1 } },
      ...read(h, document, 1, false),
    ],
    (document) => [
      uploaded(h, document, 1),
      ...read(h, document, 1, false),
      uploaded(h, document, 2),
      ...read(h, document, 2, false),
      uploaded(h, document, 3),
      ...read(h, document, 3, true),
    ],
    (document) => [
      uploaded(h, document, 1),
      ...read(h, document, 1, false),
      { type: 'document.deleted', data: { document } },
    ],
  ];
  for (const life of lives) {
    const document = `doc_${h.id()}`;
    for (const event of life(document)) await append('document', document, event);
  }
}

const queries = 12;

/** A question and what it came to, or what somebody thought of an answer; some twice, some by the same person. */
export function questionFact(h: History): CommittedEvent {
  const query = `q_${h.below(queries)}`;
  if (h.random() < 0.4)
    return {
      type: 'query.feedback.given',
      data: {
        query,
        by: `usr_${h.below(3)}`,
        right: h.random() < 0.5,
        ...(h.random() < 0.5 ? { comment: h.id() } : {}),
        dataSubject: 'usr_1',
      },
    };
  const document = `doc_${h.below(4)}`;
  const place = { document, revision: 1 + h.below(3), start: h.below(50), end: 50 + h.below(50) };
  const outcome = h.pick(queryOutcomes);
  return {
    type: 'query.answered',
    data: {
      query,
      departments: [`d_${h.below(3)}`, 'd_9'].slice(0, 1 + h.below(2)),
      ...(h.random() < 0.7 ? { user: `usr_${h.below(3)}` } : {}),
      key: `key_${h.below(3)}`,
      ...(h.random() < 0.5 ? { conversation: `cnv_${h.below(3)}` } : {}),
      dataSubject: 'usr_1',
      question: h.id(),
      answer: h.id(),
      outcome,
      language: 'pt',
      mode: 'hybrid',
      k: 8,
      model: h.random() < 0.5 ? null : 'test/echo',
      embeddingModel: 'builtin/hash',
      invocations: [h.id()],
      versions: { prompt: 'p1', retrieval: 'r1', guard: 'g1' },
      retrieved: [{ ...place, score: h.random() }],
      citations: Array.from({ length: h.below(4) }, () => ({ ...place, quote: 'a'.repeat(43) })),
      claims: { supported: h.below(4), contradicted: 0, notFound: h.below(2) },
      dropped: h.below(2),
      confidence: h.random() < 0.2 ? null : h.random(),
      confidenceModel: 'prior-1',
      features: { agreement: h.random(), margin: h.random() },
      guard: [{ detector: 'cpf', action: 'redact', direction: 'in' }].slice(h.below(2)),
      reasons: outcome === 'escalated' ? ['confidence'] : [],
      ...(outcome === 'escalated' ? { review: `rev_${query}` } : {}),
      ...(h.random() < 0.1 ? { cached: `q_${h.below(queries)}` } : {}),
      ...(h.random() < 0.1 ? { replaces: `q_${h.below(queries)}` } : {}),
    },
  };
}

async function appendReviews(append: Append, h: History): Promise<void> {
  const resolutions = [undefined, 'approved', 'corrected', 'rejected'] as const;
  for (const resolution of resolutions) {
    const review = `rev_${h.id()}`;
    await append('review', review, {
      type: 'review.requested',
      data: {
        review,
        kind: 'answer',
        department: `d_${h.below(3)}`,
        query: `q_${h.below(queries)}`,
        dataSubject: 'usr_1',
        question: h.id(),
        draft: h.id(),
        reasons: ['asked'],
        ...(h.random() < 0.5 ? { requestedBy: 'usr_1' } : {}),
      },
    });
    if (resolution === undefined) continue;
    const answered = resolution === 'rejected' ? {} : { answer: h.id(), document: `doc_${review}` };
    await append('review', review, {
      type: 'review.resolved',
      data: { review, resolution, by: 'usr_2', dataSubject: 'usr_1', ...answered },
    });
  }
}

/** Documents and review tasks, each with all that can happen to it. */
export async function appendKnowledge(append: Append, h: History): Promise<void> {
  await appendDocuments(append, h);
  await appendReviews(append, h);
}
