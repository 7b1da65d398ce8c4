import { isRecord } from '../wire/index.ts';

/** Adds a delta to what has come: text is joined, lists of numbered things are merged, all else replaces. */
function merge(into: Record<string, unknown>, delta: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(delta)) {
    const held = into[key];
    if (value === null) into[key] ??= null;
    else if (typeof value === 'string' && typeof held === 'string' && !whole.has(key))
      into[key] = held + value;
    else if (Array.isArray(value)) into[key] = mergeList(Array.isArray(held) ? held : [], value);
    else if (isRecord(value) && isRecord(held)) merge(held, value);
    else into[key] = isRecord(value) ? { ...value } : value;
  }
}

/** Said once, or said again in full. */
const whole: ReadonlySet<string> = new Set(['role', 'id', 'type', 'object', 'model', 'finish_reason']);

function mergeList(held: unknown[], more: readonly unknown[]): unknown[] {
  for (const one of more) {
    const index = isRecord(one) ? one['index'] : undefined;
    const same = held.find((other) => isRecord(other) && index !== undefined && other['index'] === index);
    if (isRecord(same) && isRecord(one)) merge(same, one);
    else held.push(isRecord(one) ? { ...one } : one);
  }
  return held;
}

/** One chat completion of the chunks of a stream: what a provider that streams unasked had meant to say. */
export function collectChat(chunks: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const completion: Record<string, unknown> = {};
  for (const chunk of chunks) merge(completion, chunk);
  const choices = Array.isArray(completion['choices']) ? completion['choices'] : [];
  return {
    ...completion,
    object: 'chat.completion',
    choices: choices.filter(isRecord).map(({ delta, ...rest }) => ({
      ...rest,
      message: { role: 'assistant', content: null, ...(isRecord(delta) ? delta : {}) },
    })),
  };
}
