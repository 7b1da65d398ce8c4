import { z } from 'zod';
import { idString } from '../primitives.ts';

/** Family `workflow.<id>`: one aggregate a workflow. The definition is a content named by `definition`. */
export const workflowEvents = {
  'workflow.version.published': {
    v: 1,
    schema: z.object({
      workflow: idString,
      version: z.number().int().positive(),
      /** SHA-256 of the definition in canonical JSON (RFC 8785 key order). */
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      note: z.string().max(500).optional(),
      definition: idString,
    }),
  },
} as const;
