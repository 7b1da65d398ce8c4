import { z } from 'zod';
import { idString } from '../primitives.ts';

/** Family `subject.<id>`: the key of this data subject was destroyed; its contents cannot be read again. */
export const governanceEvents = {
  'subject.erased': { v: 1, schema: z.object({ subject: idString }) },
} as const;
