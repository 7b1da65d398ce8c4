import type { Json } from '../translation.ts';
import { isRecord, records, unsupported } from './unsupported.ts';

/** The tool by which a model without a JSON mode is made to answer with one object. */
export const jsonToolName = 'answer_in_json';

const jsonTool = {
  name: jsonToolName,
  description: 'Gives the answer, as one JSON object with whatever fields it needs.',
  input_schema: { type: 'object', additionalProperties: true },
};

function toolOf(tool: Json, param: string): Json {
  const named = tool['type'] === 'function' && isRecord(tool['function']) ? tool['function'] : undefined;
  if (!named) unsupported(param, `the model cannot be given a tool of type ${JSON.stringify(tool['type'])}.`);
  const { name, description, parameters, strict } = named;
  return {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    input_schema: parameters ?? { type: 'object', properties: {} },
    ...(strict === true ? { strict: true } : {}),
    ...(isRecord(tool['cache_control']) ? { cache_control: tool['cache_control'] } : {}),
  };
}

function choiceOf(choice: unknown): Record<string, unknown> | undefined {
  if (choice == null) return undefined;
  if (choice === 'auto' || choice === 'none') return { type: choice };
  if (choice === 'required') return { type: 'any' };
  if (isRecord(choice) && choice['type'] === 'function' && isRecord(choice['function']))
    return { type: 'tool', name: choice['function']['name'] };
  return unsupported(
    'tool_choice',
    'the model can be left free, be made to call some tool, a named one, or none.',
  );
}

/** `tools`, `tool_choice` and `output_config.format` of a request, and whether JSON comes by way of a tool. */
export function toolsAndFormat(chat: Json): {
  readonly fields: Json;
  readonly format: Json | undefined;
  readonly jsonTool: boolean;
} {
  const tools = records(chat['tools']).map((tool, index) => toolOf(tool, `tools[${index}]`));
  const choice = choiceOf(chat['tool_choice']);
  const oneAtATime = chat['parallel_tool_calls'] === false && tools.length > 0;
  const asked = isRecord(chat['response_format']) ? chat['response_format'] : undefined;
  const withTools: Json =
    tools.length === 0
      ? {}
      : {
          tools,
          ...(choice || oneAtATime
            ? {
                tool_choice: {
                  ...(choice ?? { type: 'auto' }),
                  ...(oneAtATime && choice?.['type'] !== 'none' ? { disable_parallel_tool_use: true } : {}),
                },
              }
            : {}),
        };
  switch (asked?.['type']) {
    case undefined:
    case 'text':
      return { fields: withTools, format: undefined, jsonTool: false };
    case 'json_schema': {
      const { schema } = isRecord(asked?.['json_schema']) ? asked['json_schema'] : {};
      if (!isRecord(schema)) unsupported('response_format.json_schema', 'the model needs the schema itself.');
      return { fields: withTools, format: { type: 'json_schema', schema }, jsonTool: false };
    }
    case 'json_object':
      if (tools.length > 0)
        unsupported(
          'response_format',
          'the model cannot use tools and answer in free JSON; give a json_schema.',
        );
      return {
        fields: { tools: [jsonTool], tool_choice: { type: 'tool', name: jsonToolName } },
        format: undefined,
        jsonTool: true,
      };
    default:
      return unsupported('response_format', `the model knows no format ${JSON.stringify(asked?.['type'])}.`);
  }
}
