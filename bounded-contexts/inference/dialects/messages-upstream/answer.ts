import type { Usage } from '../../ports.ts';
import type { Json } from '../translation.ts';
import { isRecord, records } from './unsupported.ts';
import { chatUsage, messagesUsageOf } from './usage.ts';

const finishes: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** `finish_reason` of a `stop_reason`. */
export const finishOf = (stop: unknown, jsonTool: boolean): string =>
  jsonTool && stop === 'tool_use' ? 'stop' : (finishes[String(stop)] ?? 'stop');

export interface ChatAnswer {
  readonly completion: Json;
  readonly text: string;
  readonly usage: Usage | undefined;
}

const textsOf = (blocks: readonly Json[], type: string, field: string): string =>
  blocks
    .filter((block) => block['type'] === type)
    .map((block) => String(block[field] ?? ''))
    .join('');

/** What a request says that its answer must be read by. */
export interface ReadBy {
  /** Unix seconds. */
  readonly created: number;
  readonly jsonTool: boolean;
  readonly trimmed: string;
}

/** `text` without the white space that the caller, or its caller, has already. */
export function withoutRepeated(text: string, trimmed: string): string {
  let at = 0;
  while (at < trimmed.length && text[at] === trimmed[at]) at++;
  return text.slice(at);
}

/** Whether `value` is a whole answer of the messages API. */
export const isMessage = (value: unknown): value is Json =>
  isRecord(value) && value['type'] === 'message' && Array.isArray(value['content']);

/**
 * A message as a chat completion. What the model thought is `reasoning_content`, as others say it; its
 * signatures and citations have no place there.
 */
export function chatAnswer(message: Json, about: ReadBy): ChatAnswer {
  const blocks = records(message['content']);
  const calls = blocks.filter((block) => block['type'] === 'tool_use');
  const said = withoutRepeated(textsOf(blocks, 'text', 'text'), about.trimmed);
  const text = about.jsonTool && calls.length > 0 ? JSON.stringify(calls[0]?.['input'] ?? {}) : said;
  const thought = textsOf(blocks, 'thinking', 'thinking');
  const usage = messagesUsageOf(message['usage']);
  const named = about.jsonTool ? [] : calls;
  return {
    text,
    usage,
    completion: {
      id: message['id'],
      object: 'chat.completion',
      created: about.created,
      model: message['model'],
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: text === '' && named.length > 0 ? null : text,
            refusal: null,
            ...(thought === '' ? {} : { reasoning_content: thought }),
            ...(named.length === 0
              ? {}
              : {
                  tool_calls: named.map(({ id, name, input }) => ({
                    id,
                    type: 'function',
                    function: { name, arguments: JSON.stringify(input ?? {}) },
                  })),
                }),
          },
          logprobs: null,
          finish_reason: finishOf(message['stop_reason'], about.jsonTool),
        },
      ],
      ...(usage ? { usage: chatUsage(usage) } : {}),
    },
  };
}
