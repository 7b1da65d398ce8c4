import { z } from 'zod';
import { idString } from '../primitives.ts';

/** Where a request came from. `route` is the route, never the address asked for, which may name someone. */
const asked = {
  /** `GET /api/v1/users/:user`. */
  route: z.string().max(200),
  request: idString,
  /** The person that the key acts for. */
  user: idString.optional(),
  /** The client's address, truncated, sealed under a key of the tenant's and bound to `request`. */
  address: z.base64url().max(200).optional(),
};

const sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'SHA-256 in base64url');

/**
 * Facts of the family `audit`: what changes nothing, and yet somebody may have to answer for. What changes something
 * is an event already, and the audit trail is made from both.
 */
export const auditEvents = {
  /**
   * Somebody was not let in, or not let do it. `leftOut`: refusals of the same caller since the one before this that
   * are not on the log.
   */
  'access.refused': {
    v: 1,
    schema: z.object({ ...asked, code: z.string().max(60), leftOut: z.number().int().min(0) }),
  },
  /** Contents were read in the clear, in one request. */
  'contents.opened': {
    v: 1,
    schema: z.object({
      ...asked,
      kind: z.enum(['invocation', 'messages', 'profile', 'definition', 'document', 'answer', 'review']),
      target: z.string().max(180),
      contents: z.number().int().min(1),
    }),
  },
  'data.exported': {
    v: 1,
    schema: z.object({
      ...z.object(asked).partial().shape,
      what: z.enum(['audit', 'tenant', 'person']),
      /** The person whose data it was. */
      person: idString.optional(),
      format: z.string().max(40),
    }),
  },
  /** A tenant came from another installation, whose log had this epoch. */
  'data.imported': {
    v: 1,
    schema: z.object({
      what: z.literal('tenant'),
      from: z.string().max(60),
      commits: z.number().int().min(0),
      contents: z.number().int().min(0),
    }),
  },
  /** Of the family `configuration`: the file that is in force from now on, by hashes; no value of it is here. */
  'configuration.loaded': {
    v: 1,
    schema: z.object({ hash: sha256, sections: z.record(z.string().max(60), sha256) }),
  },
} as const;
