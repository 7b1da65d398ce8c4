import { z } from '@hono/zod-openapi';
import { type RetentionKind, retentionDays, retentionKind } from '../retention.ts';
import { accepted, suppliedId } from './management.ts';

/** Bodies of erasure, retention and export. */

export const erasureAccepted = accepted
  .extend({ erasure: z.string(), report: z.string() })
  .openapi('ErasureAccepted');

const count = z.number().int();

export const erasure = z
  .object({
    id: z.string().openapi({ description: 'The opaque id: whose it was, nobody can tell any more.' }),
    status: z.enum(['under-way', 'completed']),
    because: z.string().nullable().openapi({ description: 'The person whose session it was.' }),
    erasedAt: z.iso.datetime(),
    by: z.string(),
    position: z.string(),
    completedAt: z.iso.datetime().nullable(),
    destroyed: z
      .object({
        key: z.literal(true).openapi({ description: 'The key, and what the id stood for.' }),
        sessions: z.array(z.string()),
        keys: z.array(z.string()).openapi({ description: 'API keys that acted for the person: revoked.' }),
        replies: count,
        streams: count,
      })
      .nullable(),
    contents: z
      .object({
        count,
        readable: count.openapi({ description: 'Of them, when each was tried: none.' }),
      })
      .nullable(),
    records: z
      .object({ invocations: count, messages: count, audit: count })
      .nullable()
      .openapi({ description: 'What stays, by the opaque id: sums must still come to what was paid.' }),
    checkpoint: z
      .object({ number: count, hash: z.string(), at: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'The signed checkpoint that seals it; null until there is one.' }),
  })
  .openapi('Erasure');

const days = retentionDays.optional();

export const retentionBody = z
  .strictObject({ prompts: days, answers: days, messages: days, addresses: days } satisfies Record<
    RetentionKind,
    typeof days
  >)
  .openapi('RetentionBody', { description: 'Whole days by kind; null: for ever.' });

export const exportBody = z
  .strictObject({
    user: suppliedId
      .optional()
      .openapi({ description: 'Only what is of this person. Default: all of the tenant.' }),
  })
  .openapi('ExportBody');

export const retentionView = z
  .object({
    data: z.array(
      z.object({
        kind: retentionKind,
        means: z.string(),
        days: retentionDays,
        before: z.iso
          .date()
          .nullable()
          .openapi({ description: 'What is of a day before this one (UTC) has ended.' }),
      }),
    ),
  })
  .openapi('Retention');
