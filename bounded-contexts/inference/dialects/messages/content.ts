import { objectOf, objectsOf, stringOf, unsupported } from '../json.ts';
import type { Json } from '../translation.ts';

interface TextPart {
  readonly type: 'text';
  readonly text: string;
}
type Part = TextPart | Json;

const text = (content: unknown): TextPart => ({ type: 'text', text: stringOf(content) });

const isText = (part: Part): part is TextPart => part['type'] === 'text';

/** Blocks that may hold only text. */
export const textParts = (blocks: readonly Json[], path: string): TextPart[] =>
  blocks.map((block, at) => {
    if (block['type'] !== 'text')
      throw unsupported(`${path}[${at}]`, `${stringOf(block['type'])} has no place there`);
    return text(block['text']);
  });

/** One message of Messages as those of chat that say the same. */
export function chatMessagesOf(message: Json, at: number): Json[] {
  const { role, content } = message;
  const path = `messages[${at}].content`;
  if (typeof content === 'string') return [{ role, content }];
  const blocks = objectsOf(content);
  if (role === 'assistant') return [assistantOf(blocks, path)];
  if (role === 'system') return [{ role, content: textParts(blocks, path) }];
  return userOf(blocks, path);
}

function assistantOf(blocks: readonly Json[], path: string): Json {
  let said = '';
  const calls: Json[] = [];
  for (const [at, block] of blocks.entries()) {
    switch (block['type']) {
      case 'text':
        said += stringOf(block['text']);
        break;
      case 'tool_use':
        calls.push({
          id: block['id'],
          type: 'function',
          function: { name: block['name'], arguments: JSON.stringify(block['input'] ?? {}) },
        });
        break;
      case 'thinking':
        // Without a signature it is what a chat model thought; chat takes no thoughts back.
        if (stringOf(block['signature']) === '') break;
        throw unsupported(`${path}[${at}]`, 'only Anthropic can read its signed thinking');
      default:
        throw unsupported(
          `${path}[${at}]`,
          `${stringOf(block['type'])} has no place in an answer of chat completions`,
        );
    }
  }
  if (calls.length === 0) return { role: 'assistant', content: said };
  return { role: 'assistant', content: said === '' ? null : said, tool_calls: calls };
}

/** Chat wants the results of tools first, each a message of its own, with nothing but text. */
function userOf(blocks: readonly Json[], path: string): Json[] {
  const results: Json[] = [];
  const parts: Part[] = [];
  for (const [at, block] of blocks.entries()) {
    const where = `${path}[${at}]`;
    if (block['type'] !== 'tool_result') {
      parts.push(...partsOf(block, where));
      continue;
    }
    const inside =
      typeof block['content'] === 'string'
        ? [text(block['content'])]
        : objectsOf(block['content']).flatMap((one, n) => partsOf(one, `${where}.content[${n}]`));
    const said = inside
      .filter(isText)
      .map((part) => part.text)
      .join('\n');
    const id = stringOf(block['tool_use_id']);
    results.push({
      role: 'tool',
      tool_call_id: id,
      content: block['is_error'] === true ? `Error: ${said}` : said,
    });
    const seen = inside.filter((part) => !isText(part));
    if (seen.length > 0) parts.push(text(`Part of the result of ${id}:`), ...seen);
  }
  const [only] = parts;
  if (!only) return results;
  const content = parts.length === 1 && isText(only) ? only.text : parts;
  return [...results, { role: 'user', content }];
}

function partsOf(block: Json, path: string): Part[] {
  switch (block['type']) {
    case 'text':
      return [text(block['text'])];
    case 'image':
      return [{ type: 'image_url', image_url: { url: imageUrl(objectOf(block['source']), path) } }];
    case 'document':
      return documentOf(block, path);
    case 'search_result':
      if (objectOf(block['citations'])['enabled'] === true)
        throw unsupported(`${path}.citations`, 'chat completions do not cite');
      return [
        text(`${stringOf(block['title'])}\n${stringOf(block['source'])}`),
        ...textParts(objectsOf(block['content']), path),
      ];
    default:
      throw unsupported(path, `${stringOf(block['type'])} has no place in chat completions`);
  }
}

function imageUrl(source: Json, path: string): string {
  if (source['type'] === 'url') return stringOf(source['url']);
  if (source['type'] === 'base64')
    return `data:${stringOf(source['media_type'])};base64,${stringOf(source['data'])}`;
  throw unsupported(`${path}.source`, 'an image is given as base64 or by its url');
}

function documentOf(block: Json, path: string): Part[] {
  if (objectOf(block['citations'])['enabled'] === true)
    throw unsupported(`${path}.citations`, 'chat completions do not cite');
  const source = objectOf(block['source']);
  const title = stringOf(block['title']);
  const heading = [title, stringOf(block['context'])].filter(Boolean).map(text);
  switch (source['type']) {
    case 'text':
      return [...heading, text(source['data'])];
    case 'content':
      return [
        ...heading,
        ...(typeof source['content'] === 'string'
          ? [text(source['content'])]
          : objectsOf(source['content']).flatMap((one, at) => partsOf(one, `${path}.source.content[${at}]`))),
      ];
    case 'base64':
      return [
        ...heading.slice(title === '' ? 0 : 1),
        {
          type: 'file',
          file: {
            filename: title || 'document.pdf',
            file_data: `data:${stringOf(source['media_type'])};base64,${stringOf(source['data'])}`,
          },
        },
      ];
    default:
      throw unsupported(`${path}.source`, 'a document is given as text, content or base64');
  }
}
