import {
  ProviderFailure as Failure,
  type ProviderFailure,
} from '../../../bounded-contexts/inference/index.ts';
import {
  chunksOf,
  isRecord,
  jsonOf,
  refusal,
  saidOf,
  unfinished,
  type Wire,
  type WireAnswer,
} from '../wire/index.ts';

export type Line = Readonly<Record<string, unknown>>;

const maxLineChars = 16 * 1024 * 1024;

/** The error that stands in a line, or undefined. */
export function errorOf(wire: Wire, answer: WireAnswer, line: Line): ProviderFailure | undefined {
  if (line['error'] == null) return undefined;
  const text = JSON.stringify(line);
  return refusal({
    provider: wire.id,
    status: undefined,
    headers: answer.headers,
    text,
    said: saidOf(line),
    secret: wire.secret,
  });
}

/**
 * The lines of a streamed answer as bytes again, those alone that make sense: a line that is no JSON is passed
 * over, one without end is given up, an error is thrown, and an end without `done` is none. `onWhole` is called
 * once the answer is.
 */
export async function* soundLines(
  wire: Wire,
  answer: WireAnswer,
  onWhole: () => void,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let buffer = '';
  let done = false;
  let count = 0;
  let odd = '';
  const read = (text: string): Uint8Array | undefined => {
    if (text.trim() === '') return undefined;
    const line = jsonOf(text);
    if (!isRecord(line)) {
      odd ||= text;
      return undefined;
    }
    const error = errorOf(wire, answer, line);
    if (error) {
      throw count === 0
        ? error
        : new Failure('provider.cut-off', `${wire.id} broke off: ${error.message}`, {
            ...error.details,
            accepted: true,
          });
    }
    count++;
    done = line['done'] === true;
    if (done) onWhole();
    return Buffer.from(`${text}\n`);
  };
  let last: Uint8Array | undefined;
  try {
    reading: for await (const chunk of chunksOf(answer.body, () => done)) {
      buffer += decoder.decode(chunk, { stream: true });
      const lines = buffer.split('\n');
      buffer = lines.pop() ?? '';
      if (buffer.length > maxLineChars)
        throw new Failure('provider.garbage', `${wire.id} sent a line that does not end.`, {
          accepted: true,
        });
      for (const text of lines) {
        const bytes = read(text);
        last = bytes;
        if (done) break reading;
        if (bytes) yield bytes;
      }
    }
    if (!done) last = read(buffer + decoder.decode());
  } catch (error) {
    throw wire.failure(error);
  }
  // Given only now that the body is let go of: the reader stops at the last line and never comes back for the end.
  if (last) yield last;
  if (!done) throw unfinished(wire.id, count, odd);
}

/** One answer of the lines of a stream that nobody asked for; undefined where it has no end. */
export function joined(text: string): Line | undefined {
  const lines = text.split('\n').map(jsonOf).filter(isRecord);
  const last = lines.at(-1);
  if (last?.['done'] !== true) return undefined;
  const messages = lines.map((line) => line['message']).filter(isRecord);
  const all = (field: string) => messages.map((message) => message[field] ?? '').join('');
  const calls = messages.flatMap((message) =>
    Array.isArray(message['tool_calls']) ? message['tool_calls'] : [],
  );
  return {
    ...last,
    message: {
      role: 'assistant',
      content: all('content'),
      ...(all('thinking') === '' ? {} : { thinking: all('thinking') }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  };
}
