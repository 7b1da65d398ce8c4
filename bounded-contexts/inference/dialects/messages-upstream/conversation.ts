import type { Json } from '../translation.ts';
import { blocksOf } from './content.ts';
import { isRecord, records, unsupported } from './unsupported.ts';

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Json[];
}

function toolUse(call: Json, param: string): Json {
  const named = isRecord(call['function']) ? call['function'] : undefined;
  if (!named) unsupported(param, 'only calls of functions can be carried over.');
  const { name, arguments: given } = named;
  let input: unknown = {};
  if (typeof given === 'string' && given.trim() !== '') {
    try {
      input = JSON.parse(given);
    } catch {
      unsupported(
        `${param}.function.arguments`,
        'they are not JSON, which is all that the model can be told.',
      );
    }
  }
  return { type: 'tool_use', id: call['id'], name, input };
}

function assistantBlocks(message: Json, param: string): Json[] {
  if (message['function_call'] != null) unsupported(`${param}.function_call`, 'use tool_calls.');
  if (message['audio'] != null) unsupported(`${param}.audio`, 'the model has no audio.');
  const said = blocksOf(message['content'] ?? message['refusal'] ?? '', `${param}.content`);
  const calls = records(message['tool_calls']);
  return [...said, ...calls.map((call, index) => toolUse(call, `${param}.tool_calls[${index}]`))];
}

/**
 * Anthropic refuses a last answer, which it is to go on from, that ends in white space. What is taken away is
 * returned: the answer will begin with it.
 */
function withoutTrailingSpace(turns: readonly Turn[]): string {
  const last = turns.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== 'assistant' || block?.['type'] !== 'text') return '';
  const text = String(block['text']);
  const kept = text.trimEnd();
  last.content.pop();
  if (kept !== '') last.content.push({ ...block, text: kept });
  return text.slice(kept.length);
}

/**
 * The messages of a chat completion: what systems and developers say comes first and together, wherever it
 * stood; what follows each other from one side is one turn, results of tools first.
 */
export function conversation(messages: readonly Json[]): {
  readonly system: readonly Json[];
  readonly turns: readonly Turn[];
  readonly trimmed: string;
} {
  const system: Json[] = [];
  const turns: Turn[] = [];
  const say = (role: Turn['role'], content: readonly Json[]) => {
    if (content.length === 0) return;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  };
  messages.forEach((message, index) => {
    const param = `messages[${index}]`;
    const { role, content } = message;
    if (role === 'system' || role === 'developer') system.push(...blocksOf(content, `${param}.content`));
    else if (role === 'user') say('user', blocksOf(content, `${param}.content`));
    else if (role === 'assistant') say('assistant', assistantBlocks(message, param));
    else if (role === 'tool') {
      const told = blocksOf(content, `${param}.content`);
      const result = { type: 'tool_result', tool_use_id: message['tool_call_id'] };
      say('user', [told.length === 0 ? result : { ...result, content: told }]);
    } else unsupported(`${param}.role`, `the model knows no role ${JSON.stringify(role)}.`);
  });
  const trimmed = withoutTrailingSpace(turns);
  return { system, trimmed, turns: turns.filter((turn) => turn.content.length > 0) };
}
