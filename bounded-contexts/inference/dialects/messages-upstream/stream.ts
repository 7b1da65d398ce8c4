import type { Frame, Usage } from '../../ports.ts';
import type { Json } from '../translation.ts';
import { finishOf, type ReadBy, withoutRepeated } from './answer.ts';
import { isRecord } from './unsupported.ts';
import { chatUsage, messagesUsageOf } from './usage.ts';

/** Turns the events of a streamed message into the chunks of a streamed chat completion. */
export interface ChatChunks {
  push(event: Json): readonly Frame[];
}

interface OpenTool {
  readonly index: number;
  /** Nothing of its input has come. */
  empty: boolean;
}

export function chatChunks(about: ReadBy): ChatChunks {
  let head: Json = {};
  let usage: Usage | undefined;
  let tools = 0;
  const open = new Map<unknown, OpenTool>();
  const chunk = (delta: Json, finish: string | null = null): Frame => ({
    json: JSON.stringify({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    }),
    text: typeof delta['content'] === 'string' ? delta['content'] : '',
    usageOnly: false,
  });
  const toolChunk = (index: number, more: Json): Frame => chunk({ tool_calls: [{ index, ...more }] });

  let { trimmed } = about;
  function said(text: string): readonly Frame[] {
    const rest = withoutRepeated(text, trimmed);
    trimmed = rest === '' ? trimmed.slice(text.length) : '';
    return rest === '' ? [] : [chunk({ content: rest })];
  }

  function started(event: Json): readonly Frame[] {
    const block = isRecord(event['content_block']) ? event['content_block'] : {};
    if (block['type'] === 'text' && block['text']) return [chunk({ content: block['text'] })];
    if (block['type'] !== 'tool_use') return [];
    open.set(event['index'], { index: tools, empty: true });
    if (about.jsonTool) return [];
    const { id, name } = block;
    return [toolChunk(tools++, { id, type: 'function', function: { name, arguments: '' } })];
  }

  function added(event: Json): readonly Frame[] {
    const delta = isRecord(event['delta']) ? event['delta'] : {};
    switch (delta['type']) {
      case 'text_delta':
        return said(String(delta['text'] ?? ''));
      case 'thinking_delta':
        return [chunk({ reasoning_content: delta['thinking'] })];
      case 'input_json_delta': {
        const tool = open.get(event['index']);
        const part = delta['partial_json'];
        if (!tool || typeof part !== 'string' || part === '') return [];
        tool.empty = false;
        return about.jsonTool
          ? [chunk({ content: part })]
          : [toolChunk(tool.index, { function: { arguments: part } })];
      }
      default:
        return [];
    }
  }

  /** A tool without input has the empty object as its input. */
  function stopped(event: Json): readonly Frame[] {
    const tool = open.get(event['index']);
    open.delete(event['index']);
    if (!tool?.empty) return [];
    return about.jsonTool
      ? [chunk({ content: '{}' })]
      : [toolChunk(tool.index, { function: { arguments: '{}' } })];
  }

  return {
    push(event) {
      switch (event['type']) {
        case 'message_start': {
          const message = isRecord(event['message']) ? event['message'] : {};
          usage = messagesUsageOf(message['usage']);
          const { id, model } = message;
          head = { id, object: 'chat.completion.chunk', created: about.created, model };
          return [chunk({ role: 'assistant', content: '' })];
        }
        case 'content_block_start':
          return started(event);
        case 'content_block_delta':
          return added(event);
        case 'content_block_stop':
          return stopped(event);
        case 'message_delta': {
          const total = messagesUsageOf(event['usage'], usage);
          const { stop_reason: stop } = isRecord(event['delta']) ? event['delta'] : {};
          const last = chunk({}, finishOf(stop, about.jsonTool));
          if (!total) return [last];
          const json = JSON.stringify({ ...head, choices: [], usage: chatUsage(total) });
          return [last, { json, text: '', usage: total, usageOnly: true }];
        }
        default:
          return [];
      }
    },
  };
}
