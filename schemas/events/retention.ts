import { z } from 'zod';
import { retentionDays, retentionKind } from '../retention.ts';

/** Family `retention.<kind>`: one aggregate a tenant and kind of data. */
export const retentionEvents = {
  'retention.set': { v: 1, schema: z.object({ kind: retentionKind, days: retentionDays }) },
  /**
   * The keys of all periods before this day (UTC) are destroyed, and with them so many contents that had not ended
   * before.
   */
  'retention.executed': {
    v: 1,
    schema: z.object({ kind: retentionKind, before: z.iso.date(), contents: z.number().int().min(0) }),
  },
} as const;
