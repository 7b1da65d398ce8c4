import type { ChatRequest, Message, Tool } from 'ollama';
import { refused } from '../embeddings.ts';
import { isRecord } from '../wire/index.ts';
import type { Line } from './ndjson.ts';

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
  'min_p',
  'seed',
  'stop',
  'frequency_penalty',
  'presence_penalty',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'logprobs',
  'top_logprobs',
  'keep_alive',
];

/** Hints, and what a server of one's own has no use for; leaving them out loses nothing. */
const hints = [
  'user',
  'safety_identifier',
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
  'verbosity',
];

const known = new Set([...carried, ...hints]);

function meansNothing(field: string, value: unknown): boolean {
  if (value == null || value === false) return true;
  if (field === 'n') return value === 1;
  if (field === 'logit_bias') return isRecord(value) && Object.keys(value).length === 0;
  if (field === 'modalities') return Array.isArray(value) && value.every((one) => one === 'text');
  return false;
}

const recordsOf = (value: unknown): readonly Line[] => (Array.isArray(value) ? value.filter(isRecord) : []);

function imageOf(part: Line, param: string): string {
  const image = part['image_url'];
  const url = isRecord(image) ? image['url'] : image;
  const data = typeof url === 'string' ? /^data:image\/[\w.+-]+;base64,(.*)$/s.exec(url)?.[1] : undefined;
  if (data === undefined) throw refused(param, 'the model fetches no images; send them as base64 data URIs.');
  return data;
}

function contentOf(content: unknown, param: string): Pick<Message, 'content' | 'images'> {
  if (content == null || typeof content === 'string') return { content: content ?? '' };
  const texts: string[] = [];
  const images: string[] = [];
  recordsOf(content).forEach((part, index) => {
    const here = `${param}[${index}]`;
    if (part['type'] === 'text') texts.push(String(part['text'] ?? ''));
    else if (part['type'] === 'refusal') texts.push(String(part['refusal'] ?? ''));
    else if (part['type'] === 'image_url') images.push(imageOf(part, here));
    else throw refused(here, `the model cannot read content of type ${JSON.stringify(part['type'])}.`);
  });
  return { content: texts.join('\n'), ...(images.length > 0 ? { images } : {}) };
}

function callOf(
  call: Line,
  param: string,
): { function: { name: string; arguments: Record<string, unknown> } } {
  const named = call['function'];
  if (!isRecord(named)) throw refused(param, 'only calls of functions can be carried over.');
  const { name, arguments: given } = named;
  let parsed: unknown = {};
  try {
    if (typeof given === 'string' && given.trim() !== '') parsed = JSON.parse(given);
  } catch {
    parsed = undefined;
  }
  if (!isRecord(parsed)) throw refused(`${param}.function.arguments`, 'they are not a JSON object.');
  return { function: { name: String(name), arguments: { ...parsed } } };
}

function messagesOf(messages: readonly Line[]): Message[] {
  const names = new Map<unknown, string>();
  return messages.map((message, index): Message => {
    const param = `messages[${index}]`;
    const { role, tool_calls: calls, tool_call_id: id } = message;
    const said = contentOf(message['content'], `${param}.content`);
    if (role === 'function' || message['function_call'] != null)
      throw refused(param, 'use tools and tool_calls.');
    if (role === 'developer') return { role: 'system', ...said };
    if (role === 'tool') {
      const name = names.get(id);
      return { role, ...said, ...(name === undefined ? {} : { tool_name: name }) };
    }
    const made = recordsOf(calls).map((call, at) => {
      const one = callOf(call, `${param}.tool_calls[${at}]`);
      names.set(call['id'], one.function.name);
      return one;
    });
    return { role: String(role), ...said, ...(made.length > 0 ? { tool_calls: made } : {}) };
  });
}

function toolsOf(chat: Line): Tool[] | undefined {
  const { tool_choice: choice } = chat;
  if (choice != null && choice !== 'auto' && choice !== 'none')
    throw refused('tool_choice', 'the model cannot be made to call a tool; leave it free.');
  const tools = recordsOf(chat['tools']);
  if (tools.length === 0 || choice === 'none') return undefined;
  if (chat['parallel_tool_calls'] === false)
    throw refused('parallel_tool_calls', 'the model cannot be held to one call at a time.');
  return tools.map((tool, index): Tool => {
    const named = tool['type'] === 'function' ? tool['function'] : undefined;
    if (!isRecord(named))
      throw refused(
        `tools[${index}]`,
        `the model cannot be given a tool of type ${JSON.stringify(tool['type'])}.`,
      );
    return { type: 'function', function: { ...named } };
  });
}

function formatOf(format: unknown): string | object | undefined {
  if (!isRecord(format) || format['type'] === 'text') return undefined;
  if (format['type'] === 'json_object') return 'json';
  const { schema } = isRecord(format['json_schema']) ? format['json_schema'] : {};
  if (format['type'] === 'json_schema' && isRecord(schema)) return schema;
  throw refused('response_format', `the model knows no format ${JSON.stringify(format['type'])}.`);
}

/** Effort is a hint: only some models think, and of these only some in degrees. */
function thinkOf(
  effort: unknown,
  model: string,
  thinks: boolean | undefined,
): ChatRequest['think'] | undefined {
  if (effort == null || thinks === false) return undefined;
  if (!/gpt-oss/.test(model)) return effort !== 'none';
  if (effort === 'none' || effort === 'minimal') return 'low';
  return effort === 'xhigh'
    ? 'high'
    : effort === 'low' || effort === 'medium' || effort === 'high'
      ? effort
      : undefined;
}

/** As Ollama has it, with two fields that its SDK does not know: never to leave out what was said. */
export type OllamaChat = ChatRequest & { readonly truncate: false; readonly shift: false };

/**
 * A chat completion request as Ollama has it. What has no place there is refused by name; hints and the `detail`
 * of images are left out. `thinks`: whether the model does, where that is known.
 */
export function ollamaChat(chat: Line, numCtx: number, thinks: boolean | undefined): OllamaChat {
  for (const [field, value] of Object.entries(chat)) {
    if (known.has(field) || meansNothing(field, value)) continue;
    throw refused(field, 'the model that would answer has nothing like it.');
  }
  const { stop, keep_alive: keepAlive, logprobs, top_logprobs: topLogprobs } = chat;
  const bound = chat['max_completion_tokens'] ?? chat['max_tokens'];
  const options: Record<string, unknown> = { num_ctx: numCtx };
  if (bound != null) options['num_predict'] = bound;
  if (stop != null) options['stop'] = Array.isArray(stop) ? stop : [stop];
  for (const name of [
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'seed',
    'frequency_penalty',
    'presence_penalty',
  ])
    if (chat[name] != null) options[name] = chat[name];
  const tools = toolsOf(chat);
  const format = formatOf(chat['response_format']);
  const think = thinkOf(chat['reasoning_effort'], String(chat['model']), thinks);
  return {
    model: String(chat['model']),
    messages: messagesOf(recordsOf(chat['messages'])),
    options,
    truncate: false,
    shift: false,
    ...(tools ? { tools } : {}),
    ...(format === undefined ? {} : { format }),
    ...(think === undefined ? {} : { think }),
    ...(logprobs === true ? { logprobs: true } : {}),
    ...(logprobs === true && typeof topLogprobs === 'number' ? { top_logprobs: topLogprobs } : {}),
    ...(typeof keepAlive === 'string' || typeof keepAlive === 'number' ? { keep_alive: keepAlive } : {}),
  };
}
