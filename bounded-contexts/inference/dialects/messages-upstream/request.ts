import type { Json } from '../translation.ts';
import { conversation } from './conversation.ts';
import { thinkingOf } from './thinking.ts';
import { toolsAndFormat } from './tools.ts';
import { isRecord, records, unsupported } from './unsupported.ts';

/** Fields that are translated below. */
const carried = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'user',
  'safety_identifier',
  'service_tier',
];

/** Hints: they change neither what is asked nor the form of the answer, so that leaving them out loses nothing. */
const hints = [
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'verbosity',
];

const known = new Set([...carried, ...hints]);

/** What means nothing, or what the model does anyway, may be said in any dialect. */
function meansNothing(field: string, value: unknown): boolean {
  if (value == null || value === false) return true;
  if (field === 'n') return value === 1;
  if (field === 'frequency_penalty' || field === 'presence_penalty' || field === 'top_logprobs')
    return value === 0;
  if (field === 'logit_bias') return isRecord(value) && Object.keys(value).length === 0;
  if (field === 'modalities') return Array.isArray(value) && value.every((one) => one === 'text');
  return false;
}

const reasons: Readonly<Record<string, string>> = {
  n: 'the model gives one answer to a request.',
  logprobs: 'the model does not tell the probabilities of its tokens.',
  seed: 'the model cannot be made to repeat itself.',
  audio: 'the model has no audio.',
  modalities: 'the model answers in text.',
  functions: 'use tools.',
  function_call: 'use tool_choice.',
};

const serviceTiers: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' };

export interface MessagesRequest {
  readonly body: Record<string, unknown>;
  /** The answer comes as the input of a tool that stands for a JSON mode. */
  readonly jsonTool: boolean;
  /** White space that the beginning of the answer ended in: the rest is not to repeat it. */
  readonly trimmed: string;
}

const defaultMaxTokens = 4_096;

/**
 * A chat completion request as Anthropic's messages have it. What has no place there is refused by name; only
 * hints, and the `name`s of messages and the `detail` of images, are left out.
 */
export function messagesRequest(chat: Json): MessagesRequest {
  for (const [field, value] of Object.entries(chat)) {
    if (known.has(field) || meansNothing(field, value)) continue;
    unsupported(field, reasons[field] ?? 'the model that would answer has nothing like it.');
  }
  const { model, temperature, stop, top_p, top_k, service_tier: tier } = chat;
  if (typeof temperature === 'number' && temperature > 1)
    unsupported('temperature', 'the model takes values from 0 to 1.');
  const { system, turns, trimmed } = conversation(records(chat['messages']));
  const { fields, format, jsonTool } = toolsAndFormat(chat);
  const bound = chat['max_completion_tokens'] ?? chat['max_tokens'];
  const maxTokens = typeof bound === 'number' ? bound : defaultMaxTokens;
  const { thinking, effort } = thinkingOf(chat['reasoning_effort'], String(model), maxTokens);
  if (jsonTool && thinking && thinking['type'] !== 'disabled')
    unsupported('reasoning_effort', 'the model cannot think and answer in free JSON; give a json_schema.');
  const user = chat['safety_identifier'] ?? chat['user'];
  const serviceTier = typeof tier === 'string' ? serviceTiers[tier] : undefined;
  if (tier != null && serviceTier === undefined)
    unsupported('service_tier', `the provider has no tier ${JSON.stringify(tier)}.`);
  return {
    jsonTool,
    trimmed,
    body: {
      model,
      max_tokens: maxTokens,
      ...(system.length > 0 ? { system } : {}),
      messages: turns,
      ...fields,
      ...(temperature == null ? {} : { temperature }),
      ...(top_p == null ? {} : { top_p }),
      ...(top_k == null ? {} : { top_k }),
      ...(stop == null ? {} : { stop_sequences: Array.isArray(stop) ? stop : [stop] }),
      ...(thinking ? { thinking } : {}),
      ...(format || effort
        ? { output_config: { ...(effort ? { effort } : {}), ...(format ? { format } : {}) } }
        : {}),
      ...(typeof user === 'string' ? { metadata: { user_id: user } } : {}),
      ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
      ...(chat['stream'] === true ? { stream: true } : {}),
    },
  };
}
