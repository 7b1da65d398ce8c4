import { z } from 'zod';
import { idString } from '../primitives.ts';

/** Family `key.<id>`: one aggregate a key. The key itself is never stored, only its SHA-256. */
export const identityEvents = {
  'key.issued': {
    v: 1,
    schema: z.object({
      key: idString,
      name: z.string().max(120),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      role: z.enum(['admin', 'service']),
      /** Its calls go to local models only. */
      private: z.boolean().optional(),
      /** Identical requests of it may be answered from the cache of answers. */
      cache: z.boolean().optional(),
    }),
  },
  'key.revoked': { v: 1, schema: z.object({ key: idString }) },
} as const;
