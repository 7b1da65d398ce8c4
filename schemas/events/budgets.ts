import { z } from 'zod';
import { idString, nanoString, period, scopeKind } from '../primitives.ts';

/**
 * Family `ledger`: one aggregate a tenant.
 *
 * A deduction touches the cross product of its `scopes` with the four windows that contain `day` (a date in
 * the tenant's time zone): daily `day`, weekly its ISO week, monthly its month, and total. `scopes` are
 * `tenant` or `<kind>:<opaque id>`. Each event is complete by itself: a projector needs no earlier one.
 *
 * A ledger's commit carries many commands; its `actor` is the writer. Who caused a deduction is said by its
 * scopes (`key:…`), and policies say it in `by`, so that the hot path carries no byte twice.
 */
const deduction = {
  reservation: idString,
  scopes: z.array(z.string()).min(1),
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
};

const budgetKey = { scope: scopeKind, id: z.string().max(80), period };

export const budgetEvents = {
  'ledger.configured': { v: 1, schema: z.object({ timeZone: z.string() }) },
  'budget.defined': {
    v: 1,
    schema: z.object({ ...budgetKey, limit: nanoString, mode: z.enum(['hard', 'soft']) }),
  },
  'budget.removed': { v: 1, schema: z.object(budgetKey) },
  /** Moves the baseline: from now on the window counts what exceeds `baseline` (posted money at that moment). */
  'budget.reset': { v: 1, schema: z.object({ ...budgetKey, window: z.string(), baseline: nanoString }) },
  'budget.reserved': {
    v: 1,
    schema: z.object({ ...deduction, amount: nanoString, expiresAt: z.number().int() }),
  },
  /** `topUp` is the command's id: repeating it adds nothing. */
  'budget.topped-up': { v: 1, schema: z.object({ ...deduction, topUp: idString, amount: nanoString }) },
  /** `amount` is posted, `released` (all that was pending of the reservation) leaves pending. */
  'budget.settled': {
    v: 1,
    schema: z.object({
      ...deduction,
      amount: nanoString,
      released: nanoString,
      tier: z.number().int().min(0).max(3),
      /** By the reaper: no completion is known, so the whole bound is posted, as of the dearest tier. */
      unconfirmed: z.literal(true).optional(),
    }),
  },
  'budget.voided': { v: 1, schema: z.object({ ...deduction, released: nanoString }) },
  /**
   * A completion that came after the reaper: `amount` (may be negative) corrects what was posted on `tier`.
   * Where the truth is another tier, one event takes all back from the old and another posts on the new.
   */
  'budget.adjusted': {
    v: 1,
    schema: z.object({ ...deduction, amount: nanoString, tier: z.number().int().min(0).max(3) }),
  },
  /** The actual cost was over its bound by `amount`, and is posted all the same (by the event before it). */
  'budget.overrun': { v: 1, schema: z.object({ ...deduction, amount: nanoString }) },
  'budget.alerted': {
    v: 1,
    schema: z.object({
      ...budgetKey,
      window: z.string(),
      threshold: z.union([z.literal(80), z.literal(90), z.literal(95), z.literal(100)]),
      posted: nanoString,
      limit: nanoString,
    }),
  },
} as const;
