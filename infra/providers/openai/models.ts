import { z } from 'zod';
import type { ModelFacts } from '../../../bounded-contexts/inference/index.ts';
import type { Capability, Operation } from '../../../schemas/primitives.ts';

const count = z.number().int().positive().max(100_000_000).nullish().catch(undefined);

/** What the services behind this API tell of their models, each in its own words. */
const listed = z.object({
  id: z.string().min(1).max(150),
  /** Together: chat, language, embedding, rerank, moderation, image, … */
  type: z.string().nullish().catch(undefined),
  /** Together and Fireworks; Groq; vLLM; Mistral. */
  context_length: count,
  context_window: count,
  max_model_len: count,
  max_context_length: count,
  /** llama.cpp */
  meta: z.object({ n_ctx: count, n_ctx_train: count }).nullish().catch(undefined),
  /** Fireworks */
  supports_tools: z.boolean().nullish().catch(undefined),
  supports_image_input: z.boolean().nullish().catch(undefined),
  /** OpenRouter */
  architecture: z
    .object({ input_modalities: z.array(z.string()) })
    .nullish()
    .catch(undefined),
  supported_parameters: z.array(z.string()).nullish().catch(undefined),
});

type Listed = z.infer<typeof listed>;

/** `{data: […]}`, or Together's bare list. */
const list = z.union([
  z.object({ data: z.array(z.unknown()) }).transform(({ data }) => data),
  z.array(z.unknown()),
]);

const operationsByType: Readonly<Record<string, Operation>> = {
  chat: 'chat',
  language: 'completions',
  code: 'completions',
  embedding: 'embeddings',
  rerank: 'rerank',
  moderation: 'moderations',
};

/** Most lists name no purposes; the names of models do. What says nothing is taken for a chat model. */
function purposeOf(id: string): Operation | 'other' {
  if (/embed|(^|[/-])(bge|e5|gte|all-minilm)-/i.test(id) && !/rerank/i.test(id)) return 'embeddings';
  if (/rerank/i.test(id)) return 'rerank';
  if (/moderation/i.test(id)) return 'moderations';
  if (/^(davinci|babbage)-|^gpt-3\.5-turbo-instruct/.test(id)) return 'completions';
  if (/whisper|(^|-)tts|dall-e|gpt-image|chatgpt-image|sora|realtime|transcribe|(^|-)audio/i.test(id))
    return 'other';
  return 'chat';
}

function capabilitiesOf(model: Listed): ReadonlySet<Capability> | undefined {
  const { supports_tools: tools, supports_image_input: vision, supported_parameters: parameters } = model;
  if (tools != null || vision != null)
    return new Set<Capability>([
      ...(tools ? (['tools'] as const) : []),
      ...(vision ? (['vision'] as const) : []),
      'json',
      'logprobs',
      'choices',
    ]);
  if (!parameters) return undefined;
  const has = (name: string) => parameters.includes(name);
  return new Set<Capability>([
    ...(has('tools') ? (['tools'] as const) : []),
    ...(has('response_format') || has('structured_outputs') ? (['json'] as const) : []),
    ...(has('logprobs') ? (['logprobs'] as const) : []),
    ...(model.architecture?.input_modalities.includes('image') ? (['vision'] as const) : []),
  ]);
}

/** The models of a list that can be asked for anything we serve; undefined where it is no list. */
export function modelsIn(value: unknown): readonly ModelFacts[] | undefined {
  const parsed = list.safeParse(value);
  if (!parsed.success) return undefined;
  return parsed.data.flatMap((one): ModelFacts[] => {
    const model = listed.safeParse(one);
    if (!model.success) return [];
    const { id, type, meta } = model.data;
    const purpose = type == null ? purposeOf(id) : (operationsByType[type] ?? 'other');
    if (purpose === 'other') return [];
    const context =
      model.data.context_length ??
      model.data.context_window ??
      model.data.max_model_len ??
      model.data.max_context_length ??
      meta?.n_ctx ??
      meta?.n_ctx_train;
    return [
      {
        name: id,
        contextTokens: context ?? undefined,
        capabilities: capabilitiesOf(model.data),
        operations: new Set([purpose]),
      },
    ];
  });
}
