import { z } from 'zod';
import {
  type Frame,
  type Provider,
  ProviderFailure,
  type UpstreamCall,
  type Usage,
} from '../../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../../schemas/primitives.ts';
import { mostCentralSentences } from '../central-sentences.ts';

const part = z.object({ type: z.string(), text: z.string().optional() });
const messages = z.array(
  z.object({ role: z.string(), content: z.union([z.string(), z.array(part), z.null()]).optional() }),
);

const notice = 'No language model is configured; these are sentences from the text itself: ';

/**
 * `builtin/extractive`: no model at all. It answers with the most central sentences of what it was given, says
 * so, costs nothing, and is always there, so that a bare machine can be tried and a caller is never left alone.
 */
export function extractive(clock: () => number): Provider {
  const answer = (call: UpstreamCall): { text: string; usage: Usage } => {
    const parsed = messages.safeParse(call.body['messages']);
    if (!parsed.success)
      throw new ProviderFailure('provider.rejected', 'messages hold no text.', {
        accepted: false,
        status: 400,
      });
    const texts = parsed.data.map(({ role, content }) => ({
      role,
      text: typeof content === 'string' ? content : (content ?? []).map((one) => one.text ?? '').join('\n'),
    }));
    const source = texts
      .filter(({ role }) => role !== 'system' && role !== 'developer')
      .map(({ text }) => text)
      .join('\n');
    const bound = call.body['max_completion_tokens'] ?? call.body['max_tokens'];
    const words = (notice + mostCentralSentences(source, 2).join(' ')).split(/(?<=\s)/);
    const kept = words.slice(0, typeof bound === 'number' ? bound : words.length);
    const input = texts.reduce((sum, { text }) => sum + text.split(/\s+/).filter(Boolean).length, 0);
    return {
      text: kept.join('').trimEnd(),
      usage: { input, output: kept.length, cached: 0, cacheWrite: 0, reasoning: 0 },
    };
  };
  let counter = 0;
  const common = (object: string, model: unknown) => ({
    id: `chatcmpl-extractive-${clock().toString(36)}-${(counter++).toString(36)}`,
    object,
    created: Math.floor(clock() / 1000),
    model,
    system_fingerprint: 'builtin-extractive',
  });
  const usageBody = (usage: Usage) => ({
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  });

  return {
    id: 'builtin',
    serves: new Set<Operation>(['chat']),
    async complete(call) {
      const { text, usage } = answer(call);
      const body = {
        ...common('chat.completion', call.model),
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: text, refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: usageBody(usage),
      };
      return { body: Buffer.from(JSON.stringify(body)), text, usage };
    },
    async *stream(call): AsyncGenerator<readonly Frame[]> {
      const { text, usage } = answer(call);
      const head = common('chat.completion.chunk', call.model);
      const frame = (delta: object, finish: string | null, said: string): Frame => ({
        json: JSON.stringify({
          ...head,
          choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        }),
        text: said,
        usageOnly: false,
      });
      yield [
        frame({ role: 'assistant', content: '' }, null, ''),
        ...text.split(/(?<=\s)/).map((word) => frame({ content: word }, null, word)),
        frame({}, 'stop', ''),
        {
          json: JSON.stringify({ ...head, choices: [], usage: usageBody(usage) }),
          text: '',
          usage,
          usageOnly: true,
        },
      ];
    },
    models: async () => [{ name: 'extractive' }],
    close: async () => {},
  };
}
