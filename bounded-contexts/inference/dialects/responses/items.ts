import { objectOf, objectsOf, pick, stringOf, unsupported } from '../json.ts';
import type { Json } from '../translation.ts';

interface ChatMessage {
  readonly role: string;
  content: unknown;
  tool_calls?: Json[];
  readonly tool_call_id?: string;
}

/**
 * Items of Responses as messages of chat. Calls join the assistant's message before them. `ours`: earlier answers
 * were put in by Daybook, whose encrypted reasoning the caller cannot leave out.
 */
export function chatMessagesOf(items: readonly Json[], ours: boolean): ChatMessage[] {
  const messages: ChatMessage[] = [];
  // Chat's tools answer in text; their pictures are shown once all of them have answered.
  let pictures: Json[] = [];
  const flush = () => {
    if (pictures.length > 0) messages.push({ role: 'user', content: pictures });
    pictures = [];
  };
  for (const [at, item] of items.entries()) {
    const path = `input[${at}]`;
    const type = item['type'] ?? ('role' in item ? 'message' : 'item_reference');
    if (type !== 'function_call_output') flush();
    switch (type) {
      case 'message':
        messages.push(messageOf(item, path));
        break;
      case 'function_call': {
        const last = messages.at(-1);
        const call = {
          id: item['call_id'],
          type: 'function',
          function: { name: item['name'], arguments: stringOf(item['arguments']) || '{}' },
        };
        if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), call];
        else messages.push({ role: 'assistant', content: null, tool_calls: [call] });
        break;
      }
      case 'function_call_output': {
        const id = stringOf(item['call_id']);
        const { output } = item;
        const parts = typeof output === 'string' ? [{ type: 'text', text: output }] : partsOf(output, path);
        const said = parts.filter((part) => part['type'] === 'text').map((part) => stringOf(part['text']));
        const seen = parts.filter((part) => part['type'] !== 'text');
        messages.push({ role: 'tool', tool_call_id: id, content: said.join('\n') });
        if (seen.length > 0) pictures.push({ type: 'text', text: `Part of the result of ${id}:` }, ...seen);
        break;
      }
      case 'reasoning':
        // Chat takes no thoughts back; readable ones were said by a chat model and go with them.
        if (!ours && stringOf(item['encrypted_content']) !== '')
          throw unsupported(path, 'only OpenAI can read its encrypted reasoning');
        break;
      default:
        throw unsupported(path, `${stringOf(type)} has no place in chat completions`);
    }
  }
  flush();
  return messages;
}

function messageOf(item: Json, path: string): ChatMessage {
  const role = item['role'] === 'developer' ? 'system' : stringOf(item['role']);
  const { content } = item;
  if (typeof content === 'string') return { role, content };
  const parts = partsOf(content, path);
  if (role === 'assistant') return { role, content: parts.map((part) => stringOf(part['text'])).join('') };
  const [only] = parts;
  return { role, content: parts.length === 1 && only?.['type'] === 'text' ? only['text'] : parts };
}

function partsOf(content: unknown, path: string): Json[] {
  return objectsOf(content).map((part, at): Json => {
    const where = `${path}.content[${at}]`;
    switch (part['type']) {
      case 'input_text':
      case 'output_text':
      case 'text':
        return { type: 'text', text: stringOf(part['text']) };
      case 'refusal':
        return { type: 'text', text: stringOf(part['refusal']) };
      case 'input_image':
        if (typeof part['image_url'] !== 'string')
          throw unsupported(where, 'an image is given by its URL or as a data URL');
        return { type: 'image_url', image_url: { url: part['image_url'], ...pick(part, ['detail']) } };
      case 'input_file':
        if (typeof part['file_data'] !== 'string') throw unsupported(where, 'a file is given as file_data');
        return { type: 'file', file: pick(part, ['filename', 'file_data']) };
      case 'input_audio':
        return { type: 'input_audio', input_audio: objectOf(part['input_audio']) };
      default:
        throw unsupported(where, `${stringOf(part['type'])} has no place in chat completions`);
    }
  });
}
