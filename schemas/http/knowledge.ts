import { z } from '@hono/zod-openapi';
import { documentStatus, privacyLevel } from '../knowledge.ts';
import { plainText } from '../primitives.ts';
import { extractionSettings } from './extraction.ts';
import { pageQuery } from './identity.ts';

/** Bodies and parameters of `/api/v1/knowledge`. */

const tag = plainText(60);

/** How a document is read and cut, where that is not left to its type. */
export const documentSettings = extractionSettings.extend({
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
