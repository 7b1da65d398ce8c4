import { z } from 'zod';
import { idString, nanoString, period, scopeKind } from '../primitives.ts';

/**
 * Family `ledger`: one aggregate a tenant.
 *
 * A deduction touches the cross product of its `scopes` with the four windows that contain `day` (a date in
 * the tenant's time zone): daily `day`, weekly its ISO week, monthly its month, and total. `scopes` are
 * `tenant` or `<kind>:<opaque id>`. Each event is complete by itself: a projector needs no earlier one.
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
  'budget.topped-up': { v: 1, schema: z.object({ ...deduction, amount: nanoString }) },
  /** `amount` is posted, `released` (all that was pending of the reservation) leaves pending. */
  'budget.settled': {
    v: 1,
    schema: z.object({
      ...deduction,
      amount: nanoString,
      released: nanoString,
      tier: z.number().int().min(0).max(3),
      unconfirmed: z.literal(true).optional(),
    }),
  },
  'budget.voided': { v: 1, schema: z.object({ ...deduction, released: nanoString }) },
  /** A completion that came after the reaper: `amount` (may be negative) corrects what it posted. */
  'budget.adjusted': { v: 1, schema: z.object({ ...deduction, amount: nanoString, tier: z.number().int() }) },
  /** The actual cost was over its bound by `amount`, and is posted all the same. */
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
