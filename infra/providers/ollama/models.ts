import { z } from 'zod';
import type { ModelFacts } from '../../../bounded-contexts/inference/index.ts';
import type { Capability } from '../../../schemas/primitives.ts';

export const tags = z.object({ models: z.array(z.object({ name: z.string().min(1).max(150) })) });

/** `<architecture>.context_length` is among the facts of a model's file. */
const show = z.object({
  capabilities: z.array(z.string()).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
});

export interface Shown {
  readonly contextTokens: number | undefined;
  readonly thinks: boolean | undefined;
  readonly facts: Omit<ModelFacts, 'name'>;
}

/** What `/api/show` says of a model; undefined where it says nothing that makes sense. */
export function shownOf(value: unknown): Shown | undefined {
  const parsed = show.safeParse(value);
  if (!parsed.success) return undefined;
  const { capabilities, model_info: info } = parsed.data;
  const [, length] = Object.entries(info ?? {}).find(([key]) => key.endsWith('.context_length')) ?? [];
  const contextTokens = typeof length === 'number' && length > 0 ? Math.floor(length) : undefined;
  const has = (name: string) => capabilities?.includes(name) === true;
  const can: Capability[] = ['json', 'logprobs'];
  if (has('tools')) can.push('tools');
  if (has('vision')) can.push('vision');
  const embeds = has('embedding') && !has('completion');
  return {
    contextTokens,
    thinks: capabilities && has('thinking'),
    facts: {
      contextTokens,
      capabilities: capabilities && new Set(embeds ? [] : can),
      operations: capabilities && new Set([embeds ? 'embeddings' : 'chat'] as const),
    },
  };
}
