import { z } from 'zod';
import { idString } from '../primitives.ts';

const sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'SHA-256 in base64url');
const sequence = z.number().int().min(1);

/**
 * On the audit stream, not on the log: what lay in `from`..`to` of a stream when it was signed. The signature is
 * over all fields but `signature` and `hashes`; the root binds the hashes.
 */
const checkpoint = z.object({
  number: sequence,
  epoch: z.string().regex(/^[A-Za-z0-9]{1,40}$/),
  stream: z.number().int().min(0),
  from: sequence,
  to: sequence,
  leaves: sequence,
  root: sha256,
  /** Of the checkpoint before it, signature included; null in the first. */
  previous: sha256.nullable(),
  at: z.iso.datetime(),
  /** Which key signed it. */
  key: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'an Ed25519 signature in base64url'),
  /** The leaves' hashes, 32 bytes each, in base64: they name what was changed. */
  hashes: z.base64(),
});

const count = z.number().int().min(0);

/** Family `subject.<id>`: one aggregate a data subject. */
export const governanceEvents = {
  /**
   * The key of this data subject is destroyed; its contents cannot be read again. `because`: the person whose session
   * it was.
   */
  'subject.erased': { v: 1, schema: z.object({ subject: idString, because: idString.optional() }) },
  /** What went with it, and what was found when all that it sealed was tried. */
  'subject.erasure.completed': {
    v: 1,
    schema: z.object({
      subject: idString,
      /** Erased, too: nobody else took part. */
      sessions: z.array(idString),
      /** Revoked: they acted for the person. */
      keys: z.array(idString),
      /** Answers that were kept to be given again, and streams to be gone on with: removed. */
      replies: count,
      streams: count,
      contents: z.object({
        count,
        /** Of them; none, unless something is broken. */
        readable: count,
      }),
      /** They stay, and name somebody whom nobody can find any more. */
      records: z.object({ invocations: count, messages: count, audit: count }),
    }),
  },
  'audit.checkpoint.signed': { v: 1, schema: checkpoint },
} as const;
