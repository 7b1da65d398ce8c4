import { isMessage } from '../../../bounded-contexts/inference/index.ts';
import { isRecord, jsonOf } from '../wire/index.ts';

type Value = Readonly<Record<string, unknown>>;

/** What a delta of each kind of block holds, and the field of the block that it is added to. */
const deltas: Readonly<Record<string, { readonly type: string; readonly field: string }>> = {
  text: { type: 'text_delta', field: 'text' },
  thinking: { type: 'thinking_delta', field: 'thinking' },
};

/** The events that a whole message would have been streamed as; undefined where `message` is none. */
export function eventsOf(message: unknown): readonly Value[] | undefined {
  if (!isMessage(message)) return undefined;
  const { content, stop_reason, stop_sequence, usage, ...head } = message;
  const events: Value[] = [
    {
      type: 'message_start',
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage },
    },
  ];
  (content as readonly unknown[]).filter(isRecord).forEach((block, index) => {
    const kind = deltas[String(block['type'])];
    const input = block['type'] === 'tool_use';
    const start = kind ? { ...block, [kind.field]: '' } : input ? { ...block, input: {} } : block;
    events.push({ type: 'content_block_start', index, content_block: start });
    const delta = kind
      ? { type: kind.type, [kind.field]: block[kind.field] }
      : input
        ? { type: 'input_json_delta', partial_json: JSON.stringify(block['input'] ?? {}) }
        : undefined;
    if (delta) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  });
  return [
    ...events,
    { type: 'message_delta', delta: { stop_reason: stop_reason ?? 'end_turn', stop_sequence }, usage },
    { type: 'message_stop' },
  ];
}

/** One message of the events of a stream that nobody asked for; undefined where it has no end. */
export function messageOf(events: readonly Value[]): Value | undefined {
  let message: Record<string, unknown> | undefined;
  const blocks: Record<string, unknown>[] = [];
  const inputs = new Map<number, string>();
  let ended = false;
  for (const { type, index, message: begun, content_block: block, delta, usage } of events) {
    const at = typeof index === 'number' ? index : 0;
    const held = blocks[at];
    if (type === 'message_start' && isRecord(begun)) message = { ...begun };
    else if (type === 'content_block_start' && isRecord(block)) blocks[at] = { ...block };
    else if (type === 'content_block_delta' && isRecord(delta) && held) {
      for (const [key, value] of Object.entries(delta)) {
        if (key === 'partial_json') inputs.set(at, (inputs.get(at) ?? '') + String(value));
        else if (key === 'citation') held['citations'] = [...list(held['citations']), value];
        else if (key !== 'type')
          held[key] = key === 'signature' ? value : String(held[key] ?? '') + String(value);
      }
    } else if (type === 'message_delta' && isRecord(delta) && message) {
      message = { ...message, ...delta, usage: { ...record(message['usage']), ...record(usage) } };
      ended = typeof delta['stop_reason'] === 'string';
    }
  }
  for (const [at, json] of inputs) {
    const held = blocks[at];
    if (held && json !== '') held['input'] = jsonOf(json) ?? {};
  }
  return message && ended ? { ...message, content: blocks } : undefined;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): object => (isRecord(value) ? value : {});
