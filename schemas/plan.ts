import { z } from 'zod';
import { idString } from './primitives.ts';

const step = z.strictObject({
  id: idString,
  /** What the step runs: `model`, `tool:<name>`, `approval`, `workflow:<id>`, … */
  uses: z.string().min(1).max(200),
  /** Its input, as the thing that it uses understands it. */
  with: z.record(z.string().max(200), z.unknown()).optional(),
  /** Steps that must have succeeded before it starts. */
  needs: z.array(idString).max(200).optional(),
});

/** A plan: a directed acyclic graph of steps. */
export const planSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(2_000).optional(),
  steps: z.array(step).min(1).max(1_000),
});

export type Plan = z.infer<typeof planSchema>;
