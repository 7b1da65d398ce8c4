import { z } from 'zod';
import { privacyLevel, queryOutcomes, rerankUse } from '../knowledge.ts';
import { idString, plainText, positionString } from '../primitives.ts';

const blob = z.string().regex(/^[A-Za-z0-9_-]{20,80}$/);
const revision = z.number().int().min(1);
const document = { document: idString, revision };
const offset = z.number().int().min(0);

/** What queries filter by; none of it is about a person. Names, sources and authors are in `details`. */
const labels = {
  tags: z.array(plainText(60)).max(50),
  privacy: privacyLevel,
  /** When it was written or came into force, as its owner says. */
  date: z.iso.date().nullable(),
};

/** Family `document.<id>`: one aggregate a document. */
export const knowledgeEvents = {
  /** The first revision, or the next one. `details` is a content under the department's key: name, source, author. */
  'document.uploaded': {
    v: 1,
    schema: z.object({
      ...document,
      department: idString,
      blob,
      bytes: z.number().int().min(0),
      details: idString,
      /** How it is read and cut, where that is not left to its type. */
      settings: z.record(z.string(), z.unknown()),
      ...labels,
    }),
  },
  /** A worker took it. More than some attempts that did not come to an end mean that it ends the worker. */
  'document.ingestion.started': {
    v: 1,
    schema: z.object({ ...document, attempt: z.number().int().min(1) }),
  },
  /** What it needs is away for now (a model, money, a disk): it is tried again later, and this was no attempt. */
  'document.ingestion.postponed': {
    v: 1,
    schema: z.object({ ...document, code: z.string().max(80), reason: z.string().max(1_000) }),
  },
  'document.extracted': {
    v: 1,
    schema: z.object({
      ...document,
      /** The canonical text, into which all offsets point. */
      text: blob,
      canonicalVersion: z.number().int().min(1),
      chars: z.number().int().min(0),
      pages: z.number().int().min(0),
      type: z.string().max(40),
      language: z.string().max(12),
      /** What was not read, each a sentence. */
      notes: z.array(z.string().max(500)).max(50),
    }),
  },
  'document.chunked': {
    v: 1,
    schema: z.object({ ...document, chunks: z.number().int().min(0), chunker: z.string().max(60) }),
  },
  /** From here on it is found, and its predecessor is not. `index` holds its chunks and their vectors. */
  'document.indexed': {
    v: 1,
    schema: z.object({
      ...document,
      index: blob,
      chunks: z.number().int().min(0),
      model: z.string().max(250),
      dimensions: z.number().int().min(0),
      /** Chunks whose vectors were known already. */
      reused: z.number().int().min(0),
    }),
  },
  'document.failed': {
    v: 1,
    schema: z.object({ ...document, code: z.string().max(80), reason: z.string().max(1_000) }),
  },
  /** The present revision is to be read, cut and embedded anew. */
  'document.reindex.requested': { v: 1, schema: z.object(document) },
  'document.deleted': { v: 1, schema: z.object({ document: idString }) },

  /**
   * A fact of the family `queries`: a question, what was found for it, and what its answer came to. Question and answer
   * are contents under the asker's key; what stands here proves each citation without them.
   */
  'query.answered': {
    v: 1,
    schema: z.object({
      query: idString,
      departments: z.array(idString).min(1).max(200),
      user: idString.optional(),
      key: idString,
      conversation: idString.optional(),
      /** Whose key seals question and answer. */
      dataSubject: idString,
      question: idString,
      answer: idString,
      outcome: z.enum(queryOutcomes),
      language: z.string().max(12),
      mode: z.enum(['keyword', 'dense', 'hybrid', 'rrf']),
      k: z.number().int().min(1).max(100),
      /** The model that answered; null: none was asked. */
      model: z.string().max(250).nullable(),
      embeddingModel: z.string().max(250),
      invocations: z.array(idString).max(50),
      versions: z.object({
        prompt: z.string().max(80),
        retrieval: z.string().max(80),
        guard: z.string().max(80),
      }),
      /** How more was looked for than the question itself finds; `searched` counts texts beside the question. */
      options: z
        .object({
          diversified: z.boolean(),
          searched: z.number().int().min(0),
          hops: z.number().int().min(0),
          rerank: rerankUse.optional(),
          skipped: z.array(z.string().max(20)).max(10),
        })
        .optional(),
      /** What the answer was made from, best first. */
      retrieved: z.array(z.object({ ...document, start: offset, end: offset, score: z.number() })).max(100),
      citations: z
        .array(
          z.object({
            ...document,
            page: z.number().int().min(1).optional(),
            start: offset,
            end: offset,
            /** SHA-256 of the quote, base64url. */
            quote: z.string().length(43),
          }),
        )
        .max(200),
      claims: z.object({ supported: z.number(), contradicted: z.number(), notFound: z.number() }),
      dropped: z.number().int().min(0),
      confidence: z.number().min(0).max(1).nullable(),
      confidenceModel: z.string().max(40),
      features: z.record(z.string().max(40), z.number()),
      guard: z
        .array(
          z.object({
            detector: z.string().max(60),
            action: z.string().max(20),
            direction: z.string().max(10),
          }),
        )
        .max(100),
      /** Why it went to a person. */
      reasons: z.array(z.string().max(40)).max(10),
      review: idString.optional(),
      /** The answer to this earlier question was given again. */
      cached: idString.optional(),
      /** An earlier question, asked again for its asker since what its answer cites is found no more. */
      replaces: idString.optional(),
      /** It was answered against the index as it was at this position. */
      asOf: positionString.optional(),
    }),
  },
  /** A fact of the family `queries`: what somebody thought of an answer. The last word of each person counts. */
  'query.feedback.given': {
    v: 1,
    schema: z.object({
      query: idString,
      by: idString,
      right: z.boolean(),
      /** A content under their key. */
      comment: idString.optional(),
      dataSubject: idString,
    }),
  },
} as const;
