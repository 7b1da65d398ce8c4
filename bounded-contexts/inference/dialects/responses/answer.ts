import type { Usage } from '../../ports.ts';
import { type Block, wholeBlocks } from '../blocks.ts';
import { usageOfCompletion, wholeDeltas } from '../chat.ts';
import { isObject, objectOf } from '../json.ts';
import type { AnswerAbout, Json } from '../translation.ts';

export const responseId = (invocation: string): string => `resp_${invocation}`;

const usageBody = ({ input, output, cached, cacheWrite, reasoning }: Usage) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

export interface Ended {
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly output: readonly Json[];
  readonly usage: Usage | undefined;
  readonly reason?: 'max_output_tokens' | 'content_filter' | undefined;
}

/** The response object: what was asked, as OpenAI repeats it, and what has been answered so far. */
export function responseBody(about: AnswerAbout, { status, output, usage, reason }: Ended): Json {
  const { request } = about;
  const given = (field: string, fallback: unknown = null) => request[field] ?? fallback;
  const text = objectOf(request['text']);
  const reasoning = objectOf(request['reasoning']);
  return {
    id: responseId(about.invocation),
    object: 'response',
    created_at: about.created,
    status,
    background: false,
    completed_at: status === 'in_progress' ? null : Math.max(about.created, Math.floor(Date.now() / 1000)),
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: given('instructions'),
    max_output_tokens: given('max_output_tokens'),
    max_tool_calls: given('max_tool_calls'),
    model: about.model,
    output,
    parallel_tool_calls: given('parallel_tool_calls', true),
    previous_response_id: given('previous_response_id'),
    prompt_cache_key: given('prompt_cache_key'),
    reasoning: { effort: reasoning['effort'] ?? null, summary: null },
    safety_identifier: given('safety_identifier'),
    service_tier: given('service_tier', 'default'),
    store: request['store'] !== false,
    temperature: given('temperature', 1),
    text: { ...text, format: isObject(text['format']) ? text['format'] : { type: 'text' } },
    tool_choice: given('tool_choice', 'auto'),
    tools: given('tools', []),
    top_logprobs: given('top_logprobs', 0),
    top_p: given('top_p', 1),
    truncation: 'disabled',
    usage: usage ? usageBody(usage) : null,
    user: given('user'),
    metadata: given('metadata', {}),
  };
}

export const reasonOf = (finish: string | undefined): Ended['reason'] =>
  finish === 'length' ? 'max_output_tokens' : finish === 'content_filter' ? 'content_filter' : undefined;

const prefixes = { text: 'msg', refusal: 'msg', reasoning: 'rs', tool: 'fc' } as const;

export const itemId = ({ kind, at }: Pick<Block, 'kind' | 'at'>, { invocation }: AnswerAbout): string =>
  `${prefixes[kind]}_${invocation}_${at}`;

/** The part of a message or of reasoning that a block is; a tool call has none. */
export function partOf({ kind, said }: Block, logprobs: readonly Json[]): Json {
  if (kind === 'refusal') return { type: 'refusal', refusal: said };
  if (kind === 'reasoning') return { type: 'reasoning_text', text: said };
  return { type: 'output_text', annotations: [], logprobs, text: said };
}

/** A block as an item of the output; `parts` are none while it begins. */
export function itemOf(
  block: Block,
  about: AnswerAbout,
  status: 'in_progress' | 'completed' | 'incomplete',
  parts: readonly Json[],
): Json {
  const id = itemId(block, about);
  if (block.kind === 'tool')
    return {
      id,
      type: 'function_call',
      status,
      arguments: status === 'in_progress' ? '' : block.said || '{}',
      call_id: block.id || `call_${about.invocation}_${block.at}`,
      name: block.name,
    };
  if (block.kind === 'reasoning') return { id, type: 'reasoning', summary: [], content: parts, status };
  return { id, type: 'message', status, role: 'assistant', content: parts };
}

/** A chat completion as a response. */
export function responseOf(completion: Json, about: AnswerAbout): Json {
  const [delta] = wholeDeltas(completion);
  const reason = reasonOf(delta?.finish);
  const status = reason === undefined ? 'completed' : 'incomplete';
  const found = delta ? wholeBlocks(delta) : [];
  const output = found.map((block, at) =>
    itemOf(block, about, at === found.length - 1 ? status : 'completed', [
      partOf(block, block.kind === 'text' ? (delta?.logprobs ?? []) : []),
    ]),
  );
  return responseBody(about, { status, output, usage: usageOfCompletion(completion), reason });
}
