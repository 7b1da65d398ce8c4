import type { Usage } from '../../ports.ts';
import { type Block, wholeBlocks } from '../blocks.ts';
import { type ChatDelta, usageOfCompletion, wholeDeltas } from '../chat.ts';
import { objectOf, parsedObject } from '../json.ts';
import type { AnswerAbout, Json } from '../translation.ts';

/** Thinking is shown to those who asked for it; it carries no signature, since Anthropic did not think it. */
export const wantsThinking = ({ request }: AnswerAbout): boolean => {
  const { type, display } = objectOf(request['thinking']);
  return (type === 'enabled' || type === 'adaptive') && display !== 'omitted';
};

export const messageHead = ({ invocation, model }: AnswerAbout) => ({
  id: `msg_${invocation}`,
  type: 'message',
  role: 'assistant',
  model,
  container: null,
});

export const toolId = ({ id, at }: Block, { invocation }: AnswerAbout): string =>
  id === '' ? `toolu_${invocation}_${at}` : id;

export function stopOf({ finish, stop }: Pick<ChatDelta, 'finish' | 'stop'>, refused: boolean) {
  const reasons: Record<string, string> = {
    length: 'max_tokens',
    tool_calls: 'tool_use',
    function_call: 'tool_use',
    content_filter: 'refusal',
  };
  const sequence = finish === 'stop' && stop !== undefined ? stop : null;
  return {
    stop_reason: refused
      ? 'refusal'
      : sequence === null
        ? (reasons[finish ?? ''] ?? 'end_turn')
        : 'stop_sequence',
    stop_sequence: sequence,
    stop_details: null,
  };
}

/** Anthropic counts what was cached beside the input, chat within it. */
export const usageBody = (usage: Usage | undefined) => ({
  input_tokens: usage ? usage.input - usage.cached - usage.cacheWrite : 0,
  output_tokens: usage?.output ?? 0,
  cache_creation_input_tokens: usage?.cacheWrite ?? 0,
  cache_read_input_tokens: usage?.cached ?? 0,
});

/** A chat completion as a message. */
export function messageOf(completion: Json, about: AnswerAbout): Json {
  const [delta] = wholeDeltas(completion);
  const found = delta ? wholeBlocks(delta) : [];
  const thinks = wantsThinking(about);
  return {
    ...messageHead(about),
    content: found.flatMap((block): Json[] => {
      if (block.kind === 'tool') {
        // Arguments that are no JSON were cut off by the bound, which the stop reason says.
        const input = parsedObject(block.said) ?? {};
        return [
          {
            type: 'tool_use',
            id: toolId(block, about),
            name: block.name,
            input,
            caller: { type: 'direct' },
          },
        ];
      }
      if (block.kind === 'reasoning')
        return thinks ? [{ type: 'thinking', thinking: block.said, signature: '' }] : [];
      return [{ type: 'text', text: block.said, citations: null }];
    }),
    ...stopOf(
      delta ?? { finish: undefined, stop: undefined },
      found.some(({ kind }) => kind === 'refusal'),
    ),
    usage: usageBody(usageOfCompletion(completion)),
  };
}
