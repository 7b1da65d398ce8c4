import { z } from 'zod';

const fileSchema = z.object({
  name: z.string(),
  bytes: z.number().int(),
  lines: z.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The last file of an archive: what the others are. */
export const manifestSchema = z.object({
  format: z.literal('daybook-export-1'),
  kind: z.enum(['tenant', 'person']),
  tenant: z.string(),
  /** Of a person: the opaque id. */
  person: z.string().nullable(),
  at: z.iso.datetime(),
  daybook: z.string(),
  /** Of the log that it was taken from: its epoch, and where each stream ended. */
  log: z.object({ epoch: z.string(), ends: z.array(z.string()) }),
  counts: z.object({
    events: z.number().int(),
    contents: z.number().int(),
    /** Contents whose key is destroyed: they are in it as what they are, noise. */
    ended: z.number().int(),
    ids: z.number().int(),
  }),
  files: z.array(fileSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestName = 'manifest.json';
export const idsFile = 'ids';
export const eventsFile = 'events';
export const contentsFile = 'contents';

/** What a supplied id is, in a line. */
export const idLine = z.object({
  opaque: z.string(),
  kind: z.enum(['user', 'department', 'agent', 'session', 'run', 'key']),
  raw: z.string(),
});

/** A commit in a line of a tenant's archive. */
export const commitLine = z.object({
  position: z.string(),
  subject: z.string(),
  commit: z.record(z.string(), z.unknown()),
});

/** A content in a line: as text where it is some, else as bytes; or what is left of one that ended. */
export const contentLine = z.object({
  /** Contents of one message have the same. */
  group: z.string(),
  id: z.string(),
  subject: z.string(),
  field: z.string(),
  /** Unix ms: the beginning of the period that it ends with. */
  at: z.number().optional(),
  text: z.string().optional(),
  base64: z.base64().optional(),
  sealed: z.base64().optional(),
});
export type ContentLine = z.infer<typeof contentLine>;
