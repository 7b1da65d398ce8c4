import { type Frame, ProviderFailure } from '../../../bounded-contexts/inference/index.ts';
import {
  brokeOff,
  chunksOf,
  headerOf,
  jsonOf,
  oneLine,
  rateLimitsOf,
  refusal,
  saidOf,
  sseEvents,
  sseReads,
  unfinished,
  type Wire,
  type WireAnswer,
} from '../wire/index.ts';
import { readers } from './answers.ts';
import { responsesUsageOf } from './usage.ts';

/** The events that end a response. An incomplete one (out of tokens, filtered) is an answer, too. */
const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

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
  let ended = false;
  try {
    for await (const events of sseReads(chunksOf(answer.body, () => whole))) {
      const together: Frame[] = [];
      let failed: ProviderFailure | undefined;
      for (const { data, event } of events) {
        ended = data === '[DONE]';
        if (ended) break;
        const value = jsonOf(data);
        const type = isRecord(value) ? value['type'] : undefined;
        if (!isRecord(value) || typeof type !== 'string') {
          said ||= data;
          continue;
        }
        if (type === 'error' || type === 'response.failed') {
          const inner = isRecord(value['response']) ? value['response'] : value;
          failed = refusal({
            provider: wire.id,
            status: undefined,
            headers: answer.headers,
            text: data,
            said: saidOf(inner) ?? saidOf({ error: value }),
            secret: wire.secret,
          });
          break;
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
        if (whole) break;
      }
      // What came before an error is the caller's.
      if (together.length > 0) yield together;
      // `response.created` comes before any work is done.
      if (failed) throw frames <= 2 ? failed : brokeOff(wire.id, failed);
      if (whole) return;
      if (ended) break;
    }
  } catch (error) {
    if (whole && !(error instanceof ProviderFailure)) return;
    throw wire.failure(error);
  }
  throw unfinished(wire.id, frames, said);
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
