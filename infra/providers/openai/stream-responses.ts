import type { Frame } from '../../../bounded-contexts/inference/index.ts';
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
  sseEvents,
  unfinished,
  type Wire,
  type WireAnswer,
} from '../wire/index.ts';
import { readers } from './answers.ts';
import { responsesUsageOf } from './usage.ts';

/** The events that end a response. An incomplete one (out of tokens, filtered) is an answer, too. */
const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

/** The events of a streamed response (OpenAI's Responses API). */
export async function* streamResponses(wire: Wire, answer: WireAnswer): AsyncGenerator<readonly Frame[]> {
  const limits = rateLimitsOf(answer.headers);
  if (headerOf(answer.headers, 'content-type')?.startsWith('application/json')) {
    yield await atOnce(wire, answer);
    return;
  }
  let frames = 0;
  let said = '';
  let whole = false;
  yield* eventStream<Frame>(wire, answer, {
    finished: () => whole,
    read({ data, event }, together) {
      if (data === '[DONE]') return false;
      const value = jsonOf(data);
      const type = isRecord(value) ? value['type'] : undefined;
      if (!isRecord(value) || typeof type !== 'string') {
        said ||= data;
        return true;
      }
      if (type === 'error' || type === 'response.failed') {
        const inner = isRecord(value['response']) ? value['response'] : value;
        const failure = refusal({
          provider: wire.id,
          status: undefined,
          headers: answer.headers,
          text: data,
          said: saidOf(inner) ?? saidOf({ error: value }),
          secret: wire.secret,
        });
        // `response.created` comes before any work is done.
        throw frames <= 2 ? failure : brokeOff(wire.id, failure);
      }
      frames++;
      whole = ends.has(type);
      const { response, delta } = value;
      const usage = whole && isRecord(response) ? responsesUsageOf(response['usage']) : undefined;
      together.push({
        event: event ?? type,
        json: oneLine(data),
        text: type === 'response.output_text.delta' && typeof delta === 'string' ? delta : '',
        ...(usage ? { usage } : {}),
        usageOnly: false,
        ...(whole ? { final: true } : {}),
        ...(frames === 1 ? limits : {}),
      });
      return !whole;
    },
  });
  if (!whole) throw unfinished(wire.id, frames, said);
}

/** A provider that was asked to stream and answered at once: a beginning, the text, and the whole as the end. */
async function atOnce(wire: Wire, answer: WireAnswer): Promise<readonly Frame[]> {
  const text = (await wire.whole(answer)).toString();
  const value = jsonOf(text);
  const read = readers.responses?.read(value);
  if (!read || !isRecord(value)) throw unfinished(wire.id, 0, text);
  const event = (type: string, sequence_number: number, more: object) => ({
    event: type,
    json: JSON.stringify({ type, sequence_number, ...more }),
    usageOnly: false,
  });
  const begun = { ...value, status: 'in_progress', output: [], usage: null };
  return [
    { ...event('response.created', 0, { response: begun }), text: '', ...rateLimitsOf(answer.headers) },
    {
      ...event('response.completed', 1, { response: value }),
      text: read.text,
      ...(read.usage ? { usage: read.usage } : {}),
      final: true,
    },
  ];
}

/** The response of a stream that nobody asked for, as its last event has it; undefined where it has none. */
export async function responseIn(bytes: Uint8Array): Promise<unknown> {
  async function* once() {
    yield bytes;
  }
  for await (const { data } of sseEvents(once())) {
    const value = jsonOf(data);
    if (isRecord(value) && ends.has(String(value['type']))) return value['response'];
  }
  return undefined;
}
