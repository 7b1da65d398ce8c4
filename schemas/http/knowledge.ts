import { z } from '@hono/zod-openapi';
import { documentStatus, privacyLevel, queryOutcome, rerankMode, rerankUse } from '../knowledge.ts';
import { idString, plainText } from '../primitives.ts';
import { extractionSettings } from './extraction.ts';
import { pageQuery } from './identity.ts';

/** Bodies and parameters of `/api/v1/knowledge`. */

const tag = plainText(60);

/** How a document is read and cut, where that is not left to its type. */
export const documentSettings = extractionSettings.extend({
  /** What is said of each chunk before it is embedded: its headings, or also a sentence or two by a model. */
  context: z.enum(['headings', 'model']).optional(),
  chunking: z
    .strictObject({
      strategy: z.enum(['recursive', 'semantic', 'sections', 'code', 'json', 'rows']).optional(),
      /** Tokens of a chunk, and how many of the one before are repeated. */
      size: z.number().int().min(16).max(8_192).optional(),
      overlap: z.number().int().min(0).max(4_096).optional(),
      /** Rows of a table in one chunk. */
      rows: z.number().int().min(1).max(1_000).optional(),
      /** Of `semantic`: the cosine below which a sentence begins something new. */
      threshold: z.number().min(0).max(1).optional(),
    })
    .optional(),
});
export type DocumentSettings = z.infer<typeof documentSettings>;

const settingsText = z
  .string()
  .max(20_000)
  .transform((text, context): DocumentSettings => {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'wants a JSON object' });
      return z.NEVER;
    }
    const checked = documentSettings.safeParse(json);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    context.addIssue({ code: 'custom', message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` });
    return z.NEVER;
  });

/** What comes with files, as fields of the form or as parameters of the address. */
export const uploadFields = z.strictObject({
  tags: z
    .string()
    .max(3_200)
    .transform((text) => [...new Set(text.split(',').map((one) => one.trim()))].filter(Boolean))
    .pipe(z.array(tag).max(50))
    .optional()
    .openapi({ type: 'string', description: 'Divided by commas.' }),
  privacy: privacyLevel.optional(),
  date: z.iso.date().optional().openapi({ description: 'When it was written; default: today.' }),
  source: plainText(500).optional(),
  author: plainText(200).optional(),
  settings: settingsText
    .optional()
    .openapi({ type: 'string', description: 'A JSON object: how the files are read and cut.' }),
});
export type UploadFields = z.infer<typeof uploadFields>;

export const uploadQuery = z.object({
  name: plainText(255)
    .optional()
    .openapi({ description: 'The name of a file that is the body itself, with its ending.' }),
  ...uploadFields.shape,
});

export const documentId = z.string().regex(/^doc_[A-Za-z0-9_-]{20,70}$/, 'the id of a document');

export const documentView = z
  .object({
    document: z.string(),
    department: z.string(),
    name: z.string().nullable().openapi({ description: 'null: its department’s key is gone.' }),
    source: z.string().nullable(),
    author: z.string().nullable(),
    revision: z.number().int(),
    liveRevision: z.number().int().nullable().openapi({ description: 'The revision that is found.' }),
    status: documentStatus,
    failure: z.object({ code: z.string(), reason: z.string() }).nullable(),
    attempts: z.number().int(),
    bytes: z.number().int(),
    type: z.string().nullable(),
    language: z.string().nullable(),
    chars: z.number().int().nullable(),
    pages: z.number().int().nullable(),
    chunks: z.number().int().nullable(),
    notes: z.array(z.string()).openapi({ description: 'What was not read.' }),
    tags: z.array(z.string()),
    privacy: privacyLevel,
    date: z.string().nullable(),
    createdAt: z.string(),
    changedAt: z.string(),
    position: z.string(),
  })
  .openapi('Document');
export type DocumentView = z.infer<typeof documentView>;

export const documentsQuery = pageQuery.extend({
  status: documentStatus.optional().openapi({ description: 'Default: all but the deleted.' }),
  tag: tag.optional(),
  type: z.string().max(40).optional(),
});

export const uploaded = z
  .object({
    data: z.array(
      z.object({
        document: z.string(),
        revision: z.number().int(),
        name: z.string(),
        bytes: z.number().int(),
      }),
    ),
    position: z.string(),
  })
  .openapi('Uploaded');

export const uploadId = z.string().regex(/^up_[0-9a-z]{1,11}_[A-Za-z0-9_-]{22}$/, 'the id of an upload');

/** A file that comes in pieces. */
export const uploadBody = z
  .strictObject({
    name: plainText(255).openapi({ description: 'With its ending.' }),
    bytes: z.number().int().min(0).openapi({ description: 'Of the whole file.' }),
    type: z.string().min(1).max(200).optional().openapi({ description: 'Its media type.' }),
    document: documentId.optional().openapi({ description: 'It becomes a new revision of this one.' }),
    ...uploadFields.shape,
  })
  .openapi('UploadBody');

export const uploadView = z
  .object({
    upload: z.string(),
    bytes: z.number().int(),
    received: z
      .number()
      .int()
      .openapi({ description: 'How many bytes are there; the next piece begins here.' }),
    expiresAt: z.string(),
    uploaded: uploaded.nullable().openapi({ description: 'The document that it became.' }),
  })
  .openapi('Upload');
export type UploadView = z.infer<typeof uploadView>;

const words = (most: number) => z.array(plainText(200)).min(1).max(most).optional();

/** What narrows a search, before it is made. */
export const searchFilter = z
  .strictObject({
    types: words(20),
    sources: words(100),
    tags: words(50),
    authors: words(100),
    languages: words(20),
    privacy: z.array(privacyLevel).min(1).max(3).optional(),
    documents: z.array(documentId).min(1).max(200).optional(),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
  })
  .openapi('SearchFilter');
export type SearchFilter = z.infer<typeof searchFilter>;

const departments = z
  .array(z.string().min(1).max(512))
  .min(1)
  .max(50)
  .optional()
  .openapi({ description: 'By slug or id. Default: all whose knowledge the caller may ask.' });

export const questionBody = z
  .strictObject({
    question: z.string().trim().min(1).max(8_000),
    departments,
    filter: searchFilter.optional(),
    mode: z.enum(['keyword', 'dense', 'hybrid', 'rrf']).optional(),
    k: z.number().int().min(1).max(50).optional(),
    model: z.string().min(1).max(200).optional(),
    conversation: idString.optional().openapi({
      description: 'Goes on with earlier questions of the same caller that named it.',
    }),
    options: z
      .strictObject({
        diversify: z.boolean().optional(),
        expand: z.number().int().min(0).max(5).optional(),
        hypothetical: z.boolean().optional(),
        decompose: z.boolean().optional(),
        hops: z.number().int().min(0).max(3).optional(),
        rerank: rerankMode.optional(),
      })
      .optional()
      .openapi({
        description: 'How more is found than the question itself finds. Default: as the department has it.',
      }),
    cache: z.boolean().optional().openapi({ description: 'false: answer anew.' }),
    stream: z.boolean().default(false).openapi({ description: 'Server-sent events instead of JSON.' }),
  })
  .openapi('Question');

export const questionQuery = z.object({
  at: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'A position: answer against the index as it was then.' }),
  after: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'A position: wait, at most 5 s, until the index includes it.' }),
});

export const countBody = z
  .strictObject({ departments, filter: searchFilter.optional() })
  .openapi('SearchCountBody');

export const citationView = z
  .object({
    source: z.number().int().openapi({ description: 'Which of `passages` it was found in, from 1.' }),
    at: z.number().int().openapi({ description: 'Where its sign belongs in the text.' }),
    document: z.string(),
    revision: z.number().int(),
    page: z.number().int().optional(),
    start: z.number().int(),
    end: z.number().int(),
    quote: z.string(),
    name: z.string().nullable(),
  })
  .openapi('Citation');

export const answerView = z
  .object({
    query: z.string(),
    at: z.string(),
    question: z.string().nullable(),
    outcome: queryOutcome,
    answeredBy: z.enum(['model', 'person']).nullable(),
    text: z.string(),
    citations: z.array(citationView),
    claims: z.array(
      z.object({ text: z.string(), verdict: z.string(), citations: z.array(z.number().int()) }),
    ),
    dropped: z
      .array(z.object({ quote: z.string(), reason: z.string() }))
      .openapi({ description: 'Quotes that are not in the sources, and were left out.' }),
    passages: z.array(
      z.object({
        document: z.string(),
        revision: z.number().int(),
        name: z.string().nullable(),
        start: z.number().int(),
        end: z.number().int(),
        page: z.number().int().optional(),
        score: z.number(),
        keyword: z.object({ score: z.number(), rank: z.number().optional() }).optional(),
        dense: z.object({ score: z.number(), rank: z.number().optional() }).optional(),
      }),
    ),
    used: z
      .object({
        diversified: z.boolean(),
        searched: z.array(z.string()),
        hops: z.number().int(),
        rerank: z.enum(rerankUse.options).openapi({
          description:
            'unneeded: the first hit leads clearly. unavailable: no ranking came, and the order is that of the search.',
        }),
        skipped: z
          .array(z.string())
          .openapi({ description: 'Options that need a model or a reranker, where there is none.' }),
      })
      .openapi({ description: 'What of the options was done.' }),
    confidence: z.number().nullable(),
    reasons: z.array(z.string()),
    guard: z.array(z.object({ detector: z.string(), action: z.string(), direction: z.string() })),
    searchedAs: z.string(),
    language: z.string(),
    model: z.string().nullable(),
    invocations: z.array(z.string()),
    conversation: z.string().nullable(),
    review: z.string().nullable(),
    resolution: z.enum(['approved', 'corrected', 'rejected']).nullable().openapi({
      description: 'What a person decided; a rejected answer is shown to nobody.',
    }),
    cached: z.string().nullable(),
    replaces: z.string().nullable().openapi({ description: 'The earlier question that was asked again.' }),
    replacedBy: z.string().nullable().openapi({
      description: 'The question by which it was asked again, once what it cites was found no more.',
    }),
    position: z.string(),
  })
  .openapi('Answer');
export type AnswerView = z.infer<typeof answerView>;

export const feedbackBody = z
  .strictObject({ right: z.boolean(), comment: z.string().min(1).max(4_000).optional() })
  .openapi('Feedback');

export const reviewView = z
  .object({
    review: z.string(),
    kind: z.string(),
    department: z.string(),
    query: z.string(),
    status: z.enum(['open', 'resolved']),
    reasons: z.array(z.string()),
    requestedAt: z.string(),
    question: z.string().nullable(),
    draft: z.string().nullable(),
    citations: z.array(citationView),
    resolution: z.enum(['approved', 'corrected', 'rejected']).nullable(),
    decidedBy: z.string().nullable(),
    answer: z.string().nullable(),
    document: z.string().nullable(),
    position: z.string(),
  })
  .openapi('Review');

export const resolveBody = z
  .strictObject({
    resolution: z.enum(['approved', 'corrected', 'rejected']),
    answer: z.string().trim().min(1).max(50_000).optional().openapi({ description: 'Of `corrected`.' }),
    index: z.boolean().default(true).openapi({ description: 'Whether the answer becomes knowledge.' }),
  })
  .refine(({ resolution, answer }) => (resolution === 'corrected') === (answer !== undefined), {
    message: 'goes with `corrected`, and only with it',
    path: ['answer'],
  })
  .openapi('Resolve');

export const impactView = z
  .object({
    document: z.string(),
    answers: z.array(
      z.object({
        query: z.string(),
        at: z.string(),
        revision: z.number().int(),
        outcome: queryOutcome,
        review: z.string().nullable(),
      }),
    ),
    tasks: z.array(z.object({ review: z.string(), status: z.enum(['open', 'resolved']) })),
    cached: z.number().int().openapi({ description: 'Answers that would be given again, and end with it.' }),
  })
  .openapi('Impact');

export const askAgainBody = z
  .strictObject({
    limit: z.number().int().min(1).max(50).default(50).openapi({ description: 'Questions, newest first.' }),
  })
  .openapi('AskAgain');

export const askedAgainView = z
  .object({
    data: z.array(
      z.object({
        query: z.string(),
        replacedBy: z.string().nullable().openapi({ description: 'null: it could not be answered now.' }),
        outcome: queryOutcome.nullable(),
        code: z.string().nullable().openapi({ description: 'Why it could not.' }),
      }),
    ),
    position: z.string().nullable().openapi({ description: 'null: nothing was asked.' }),
  })
  .openapi('AskedAgain');

export const confidenceView = z
  .object({
    version: z.string(),
    kind: z.enum(['prior', 'fitted']).openapi({ description: 'Set by judgement, or fitted to outcomes.' }),
    outcomes: z.number().int(),
    ece: z.number().openapi({ description: 'Expected calibration error, of outcomes that were held out.' }),
    brier: z.number(),
    bins: z.array(
      z.object({
        from: z.number(),
        to: z.number(),
        count: z.number().int(),
        predicted: z.number(),
        observed: z.number(),
      }),
    ),
  })
  .openapi('Confidence');
