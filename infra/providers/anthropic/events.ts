import {
  type Frame,
  messagesUsageOf,
  type ProviderFailure,
  type Usage,
} from '../../../bounded-contexts/inference/index.ts';
import {
  brokeOff,
  eventStream,
  headerOf,
  isRecord,
  jsonOf,
  oneLine,
  rateLimitsOf,
  refusal,
  saidOf,
  unfinished,
  type Wire,
  type WireAnswer,
} from '../wire/index.ts';
import { eventsOf } from './unasked.ts';

export type Value = Readonly<Record<string, unknown>>;

export interface MessageEvent {
  readonly value: Value;
  readonly frame: Frame;
}

/**
 * The events of a streamed message, each as the frame that a caller who speaks the dialect gets. The first one is
 * held back until there is more than a beginning: a provider that turns out to be overloaded after it has
 * greeted has not begun to answer, and another may.
 */
export async function* messageEvents(
  wire: Wire,
  answer: WireAnswer,
): AsyncGenerator<readonly MessageEvent[]> {
  const reader = eventReader(wire, answer);
  if (headerOf(answer.headers, 'content-type')?.startsWith('application/json')) {
    const text = (await wire.whole(answer)).toString();
    const events = eventsOf(jsonOf(text));
    if (!events) throw reader.error(jsonOf(text), text) ?? unfinished(wire.id, 0, text);
    yield events.flatMap((value) => reader.push(JSON.stringify(value), value));
    return;
  }
  let said = '';
  let stopped = false;
  yield* eventStream<MessageEvent>(wire, answer, {
    finished: reader.finished,
    read(event, together) {
      const data = oneLine(event.data);
      const value = jsonOf(data);
      if (!isRecord(value) || typeof value['type'] !== 'string') {
        said ||= data;
        return true;
      }
      if (value['type'] === 'error') throw reader.error(value, data);
      together.push(...reader.push(data, value));
      stopped = value['type'] === 'message_stop' && reader.finished();
      return !stopped;
    },
  });
  if (stopped) return;
  if (!reader.finished()) throw unfinished(wire.id, reader.delivered(), said);
  const value = { type: 'message_stop' };
  yield reader.push(JSON.stringify(value), value);
}

function eventReader(wire: Wire, answer: WireAnswer) {
  const limits = rateLimitsOf(answer.headers);
  let held: MessageEvent[] = [];
  let started: Usage | undefined;
  let delivered = 0;
  let finished = false;

  return {
    delivered: () => delivered,
    finished: () => finished,
    error(value: unknown, text: string): ProviderFailure | undefined {
      const said = saidOf(value);
      if (!said) return undefined;
      const failure = refusal({
        provider: wire.id,
        status: undefined,
        headers: answer.headers,
        text,
        said,
        secret: wire.secret,
      });
      return delivered === 0 ? failure : brokeOff(wire.id, failure);
    },
    push(json: string, value: Value): readonly MessageEvent[] {
      const { type, message, delta } = value;
      const ending = type === 'message_delta' && isRecord(delta) && typeof delta['stop_reason'] === 'string';
      // An answer ends once; only its last event may follow.
      if (finished && type !== 'message_stop') return [];
      finished ||= ending;
      if (type === 'message_start' && isRecord(message)) started = messagesUsageOf(message['usage']);
      const usage = ending ? messagesUsageOf(value['usage'], started) : undefined;
      const text = type === 'content_block_delta' && isRecord(delta) ? delta['text'] : undefined;
      const frame: Frame = {
        event: String(type),
        json,
        text: typeof text === 'string' ? text : '',
        ...(usage ? { usage } : {}),
        usageOnly: false,
        ...(type === 'message_stop' ? { final: true } : {}),
      };
      held.push({ value, frame });
      if (type === 'message_start' || type === 'ping') return [];
      const all = held.map((one) =>
        delivered++ === 0 ? { ...one, frame: { ...one.frame, ...limits } } : one,
      );
      held = [];
      return all;
    },
  };
}
