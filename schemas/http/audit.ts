import { z } from '@hono/zod-openapi';
import { afterParam } from './management.ts';

/** Bodies and parameters of the audit trail. */

const time = z.iso.datetime().optional();

const filters = {
  actor: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .openapi({ description: 'A key, or the person that keys act for; `cli`, `anonymous`.' }),
  action: z
    .string()
    .max(100)
    .optional()
    .openapi({ description: 'An action, or all that begin with it up to a dot: `key`, `access.refused`.' }),
  target: z.string().min(1).max(512).optional(),
  outcome: z.enum(['done', 'refused']).optional(),
  from: time,
  to: time,
};

export const auditQuery = z.object({
  ...filters,
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(400).optional(),
  after: afterParam,
});

export const auditFormats = ['csv', 'jsonl', 'cloudevents'] as const;

export const auditExportQuery = z.object({
  ...filters,
  format: z.enum(auditFormats).default('jsonl'),
  after: afterParam,
});

export const auditEntry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z
      .string()
      .openapi({ description: 'A key, `cli`, `anonymous`, or a process as `<role>:<instance>`.' }),
    actingFor: z.string().nullable().openapi({ description: 'The person that the key acts for.' }),
    action: z.string(),
    target: z.string().nullable(),
    outcome: z.enum(['done', 'refused']),
    reason: z.string().nullable(),
    route: z.string().nullable(),
    address: z
      .string()
      .nullable()
      .openapi({ description: 'The network that it came from: IPv4 /24, IPv6 /48.' }),
    request: z.string().nullable(),
    leftOut: z.number().nullable().openapi({
      description: 'Refusals of the same caller before this one that have no line of their own.',
    }),
    position: z.string(),
  })
  .openapi('AuditEntry');
export type AuditEntry = z.infer<typeof auditEntry>;
