import { z } from 'zod';

/** As configuration names it: `${secret:openai}`. */
export const secretName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'lower-case letters, digits, "_" and "-", at most 60');

/**
 * Family `secret.<name>`: that a secret was put in or taken out, never the secret. Facts of family `secret-uses`: who
 * opened which, and what for.
 */
export const secretEvents = {
  'secret.set': { v: 1, schema: z.object({ secret: secretName }) },
  'secret.removed': { v: 1, schema: z.object({ secret: secretName }) },
  'secret.opened': {
    v: 1,
    schema: z.object({ secret: secretName, purpose: z.string().max(200) }),
  },
  /** The master key was changed, and so many keys and secrets were wrapped anew. */
  'secret.master-key.rotated': { v: 1, schema: z.object({ rewrapped: z.number().int().min(0) }) },
} as const;
