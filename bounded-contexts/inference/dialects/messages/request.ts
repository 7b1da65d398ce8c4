import { isObject, objectOf, objectsOf, pick, refuseOthers, stringOf, unsupported } from '../json.ts';
import type { Json } from '../translation.ts';
import { chatMessagesOf, textParts } from './content.ts';

const known = new Set([
  'model',
  'max_tokens',
  'messages',
  'stream',
  'system',
  'temperature',
  'top_p',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  // Whose request it is: the gateway's to know, not the provider's.
  'metadata',
  // Hints about cost and speed, which change nothing in an answer.
  'cache_control',
  'service_tier',
]);

/** A Messages request as a chat completion request. The bound of its tokens is left to whoever sends it. */
export function chatOf(body: Json): Record<string, unknown> {
  refuseOthers(body, known);
  const stop = Array.isArray(body['stop_sequences']) ? body['stop_sequences'] : [];
  return {
    model: body['model'],
    ...pick(body, ['stream', 'temperature', 'top_p']),
    messages: [...systemOf(body['system']), ...objectsOf(body['messages']).flatMap(chatMessagesOf)],
    ...(stop.length === 0 ? {} : { stop }),
    ...toolsOf(body),
    ...effortOf(body),
    ...formatOf(objectOf(body['output_config'])),
  };
}

function systemOf(system: unknown): Json[] {
  if (typeof system === 'string') return system === '' ? [] : [{ role: 'system', content: system }];
  const parts = textParts(objectsOf(system), 'system');
  return parts.length === 0 ? [] : [{ role: 'system', content: parts.length === 1 ? parts[0]?.text : parts }];
}

function toolsOf(body: Json): Record<string, unknown> {
  const tools = objectsOf(body['tools']).map((tool, at) => {
    const path = `tools[${at}]`;
    if (tool['type'] != null && tool['type'] !== 'custom')
      throw unsupported(path, `${stringOf(tool['type'])} is a tool of Anthropic's own`);
    if (tool['defer_loading'] === true)
      throw unsupported(`${path}.defer_loading`, 'only Anthropic can search for tools');
    return {
      type: 'function',
      function: {
        ...pick(tool, ['name', 'description', 'strict']),
        parameters: tool['input_schema'] ?? { type: 'object', properties: {} },
      },
    };
  });
  if (tools.length === 0) return {};
  const choice = body['tool_choice'];
  if (!isObject(choice)) return { tools };
  return {
    tools,
    tool_choice:
      choice['type'] === 'any'
        ? 'required'
        : choice['type'] === 'tool'
          ? { type: 'function', function: { name: choice['name'] } }
          : choice['type'],
    ...(choice['disable_parallel_tool_use'] === true ? { parallel_tool_calls: false } : {}),
  };
}

/** Chat knows three efforts where Anthropic counts tokens: Anthropic's own guidance draws the lines here. */
const lowBudget = 4_096;
const mediumBudget = 16_384;

function effortOf(body: Json): Record<string, unknown> {
  const { effort } = objectOf(body['output_config']);
  const { type, budget_tokens: budget } = objectOf(body['thinking']);
  if (typeof effort === 'string') return { reasoning_effort: effort === 'max' ? 'xhigh' : effort };
  if (type === 'enabled') {
    const tokens = typeof budget === 'number' ? budget : mediumBudget;
    return { reasoning_effort: tokens <= lowBudget ? 'low' : tokens <= mediumBudget ? 'medium' : 'high' };
  }
  return {};
}

function formatOf(config: Json): Record<string, unknown> {
  refuseOthers(config, new Set(['effort', 'format']), 'output_config.');
  const { format } = config;
  if (!isObject(format)) return {};
  if (format['type'] !== 'json_schema')
    throw unsupported('output_config.format', 'chat completions know json_schema');
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: format['schema'] },
    },
  };
}
