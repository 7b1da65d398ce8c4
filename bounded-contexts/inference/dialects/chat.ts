import { isObject, objectOf, objectsOf, parsedObject, stringOf } from './json.ts';
import type { Json } from './translation.ts';

/** What a chat completion says, read once for every dialect that is made of it. */

export interface ToolDelta {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ChatDelta {
  readonly choice: number;
  readonly text: string;
  readonly refusal: string;
  /** Servers of open models put it beside the answer, as `reasoning_content` or `reasoning`. */
  readonly reasoning: string;
  readonly tools: readonly ToolDelta[];
  /** Chat's own word for the end; undefined before it. */
  readonly finish: string | undefined;
  /** The stop sequence that ended it, where the provider says so. */
  readonly stop: string | undefined;
  readonly logprobs: readonly Json[];
}

function deltaOf(choice: Json, said: Json, position: number): ChatDelta {
  const { index, finish_reason: finish, logprobs } = choice;
  const stop = choice['stop_reason'] ?? choice['matched_stop'];
  return {
    choice: typeof index === 'number' ? index : position,
    text: textOf(said['content']),
    refusal: stringOf(said['refusal']),
    reasoning: stringOf(said['reasoning_content']) || stringOf(said['reasoning']),
    tools: objectsOf(said['tool_calls']).map((call, at) => {
      const { name, arguments: given } = objectOf(call['function']);
      return {
        index: typeof call['index'] === 'number' ? call['index'] : at,
        id: stringOf(call['id']),
        name: stringOf(name),
        // Some servers give an object where the dialect says text.
        arguments: isObject(given) ? JSON.stringify(given) : stringOf(given),
      };
    }),
    finish: typeof finish === 'string' ? finish : undefined,
    stop: typeof stop === 'string' ? stop : undefined,
    logprobs: objectsOf(objectOf(logprobs)['content']),
  };
}

/** Text, also where it comes in parts. */
const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => stringOf(part['text']))
        .join('');

/** What one chunk of a stream adds; nothing where it makes no sense. */
export const deltasOf = (json: string): readonly ChatDelta[] =>
  objectsOf(parsedObject(json)?.['choices']).map((choice, at) =>
    deltaOf(choice, objectOf(choice['delta']), at),
  );

/** Whether it adds anything: the first chunk of a stream mostly names a role and says nothing. */
export const says = ({ text, refusal, reasoning, tools, finish }: ChatDelta): boolean =>
  text !== '' || refusal !== '' || reasoning !== '' || tools.length > 0 || finish !== undefined;

/** A whole completion as if it had come in one chunk. */
export const wholeDeltas = (completion: Json): readonly ChatDelta[] =>
  objectsOf(completion['choices']).map((choice, at) => deltaOf(choice, objectOf(choice['message']), at));

/** Token counts of a whole completion, undefined where it has none that make sense. */
export function usageOfCompletion(completion: Json) {
  const usage = objectOf(completion['usage']);
  const count = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
  if (typeof usage['prompt_tokens'] !== 'number' || typeof usage['completion_tokens'] !== 'number')
    return undefined;
  const read = objectOf(usage['prompt_tokens_details']);
  return {
    input: count(usage['prompt_tokens']),
    output: count(usage['completion_tokens']),
    cached: count(read['cached_tokens']),
    cacheWrite: count(read['cache_creation_tokens'] ?? read['cache_write_tokens']),
    reasoning: count(objectOf(usage['completion_tokens_details'])['reasoning_tokens']),
  };
}
