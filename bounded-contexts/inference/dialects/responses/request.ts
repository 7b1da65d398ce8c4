import { isObject, objectOf, objectsOf, pick, refuseOthers, stringOf, unsupported } from '../json.ts';
import type { Json } from '../translation.ts';
import { inputItems } from './continued.ts';
import { chatMessagesOf } from './items.ts';

const known = new Set([
  'model',
  'input',
  'instructions',
  'max_output_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_logprobs',
  'parallel_tool_calls',
  'service_tier',
  'tools',
  'tool_choice',
  'text',
  'reasoning',
  'include',
  'truncation',
  // Daybook's own part of the request: what is kept, for whom, and from where it goes on.
  'previous_response_id',
  'store',
  'metadata',
  'user',
  'safety_identifier',
  'background',
  // It bounds OpenAI's own tools, of which there are none here.
  'max_tool_calls',
  // Hints about cost and padding, which change nothing in an answer.
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'stream_options',
]);

/** A Responses request as a chat completion request. The bound of its tokens is left to whoever sends it. */
export function chatOf(body: Json): Record<string, unknown> {
  refuseOthers(body, known);
  if (body['truncation'] === 'auto') throw unsupported('truncation', 'nothing is left out of a conversation');
  const text = objectOf(body['text']);
  const { effort } = objectOf(body['reasoning']);
  return {
    model: body['model'],
    ...pick(body, ['stream', 'temperature', 'top_p', 'service_tier']),
    messages: [
      ...(stringOf(body['instructions']) === '' ? [] : [{ role: 'system', content: body['instructions'] }]),
      ...chatMessagesOf(inputItems(body), body['previous_response_id'] != null),
    ],
    ...toolsOf(body),
    ...formatOf(objectOf(text['format'])),
    ...pick(text, ['verbosity']),
    ...(typeof effort === 'string' ? { reasoning_effort: effort } : {}),
    ...logprobsOf(body),
  };
}

function toolsOf(body: Json): Record<string, unknown> {
  const tools = objectsOf(body['tools']).map((tool, at) => {
    if (tool['type'] !== 'function')
      throw unsupported(`tools[${at}]`, `${stringOf(tool['type'])} is a tool of OpenAI's own`);
    return { type: 'function', function: pick(tool, ['name', 'description', 'parameters', 'strict']) };
  });
  if (tools.length === 0) return {};
  return {
    tools,
    ...choiceOf(body['tool_choice']),
    ...pick(body, ['parallel_tool_calls']),
  };
}

const named = (tool: Json) => ({ type: 'function', function: { name: tool['name'] } });

function choiceOf(choice: unknown): Record<string, unknown> {
  if (choice === null || choice === undefined) return {};
  if (!isObject(choice)) return { tool_choice: choice };
  switch (choice['type']) {
    case 'function':
      return { tool_choice: named(choice) };
    case 'allowed_tools':
      return {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: choice['mode'], tools: objectsOf(choice['tools']).map(named) },
        },
      };
    default:
      throw unsupported('tool_choice', `${stringOf(choice['type'])} is no function`);
  }
}

function formatOf(format: Json): Record<string, unknown> {
  switch (format['type']) {
    case undefined:
    case 'text':
      return {};
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'json_schema':
      return {
        response_format: {
          type: 'json_schema',
          json_schema: pick(format, ['name', 'description', 'schema', 'strict']),
        },
      };
    default:
      throw unsupported('text.format', 'chat completions know text, json_object and json_schema');
  }
}

function logprobsOf(body: Json): Record<string, unknown> {
  const include = Array.isArray(body['include']) ? body['include'] : [];
  for (const [at, one] of include.entries()) {
    // There is no encrypted reasoning to include.
    if (one !== 'message.output_text.logprobs' && one !== 'reasoning.encrypted_content')
      throw unsupported(`include[${at}]`, `${String(one)} is not to be had from chat completions`);
  }
  const top = body['top_logprobs'];
  const wanted = include.includes('message.output_text.logprobs') || (typeof top === 'number' && top > 0);
  if (!wanted) return {};
  return { logprobs: true, ...(typeof top === 'number' ? { top_logprobs: top } : {}) };
}
