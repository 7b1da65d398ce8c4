import { z } from 'zod';
import type { ModelFacts } from '../../../bounded-contexts/inference/index.ts';
import type { Capability } from '../../../schemas/primitives.ts';

const support = z.object({ supported: z.boolean() }).nullish().catch(undefined);

const listed = z.object({
  id: z.string().min(1).max(150),
  lifecycle: z.string().nullish(),
  max_input_tokens: z.number().int().positive().nullish().catch(undefined),
  capabilities: z.object({ image_input: support }).nullish().catch(undefined),
});

const list = z.object({ data: z.array(z.unknown()) });

/** Models up to 4.5 go on from a beginning of their own answer; later ones refuse that. */
const takesPrefill = (id: string) => /claude-(3|[a-z]+-4(-[0-5])?(-\d{8}|-latest|$))/.test(id);

/** The models of Anthropic's list; undefined where `value` is no list. */
export function modelsIn(value: unknown): readonly ModelFacts[] | undefined {
  const parsed = list.safeParse(value);
  if (!parsed.success) return undefined;
  return parsed.data.data.flatMap((one): ModelFacts[] => {
    const model = listed.safeParse(one);
    if (!model.success || model.data.lifecycle === 'retired') return [];
    const { id, max_input_tokens: context, capabilities } = model.data;
    const can: Capability[] = ['tools', 'json'];
    if (capabilities?.image_input?.supported !== false) can.push('vision');
    if (takesPrefill(id)) can.push('prefill');
    return [{ name: id, contextTokens: context ?? undefined, capabilities: new Set(can) }];
  });
}
