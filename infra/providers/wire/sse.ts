import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';

export interface SseEvent {
  /** Undefined where the stream does not name its events. */
  readonly event: string | undefined;
  readonly data: string;
}

/** No event of an honest stream is this large, not even one that holds an image. */
const maxEventChars = 16 * 1024 * 1024;

/**
 * Reads the events of a server-sent event stream (WHATWG HTML, 9.2.6): lines end in LF, CRLF or CR; comments and
 * other fields are passed over; several `data:` lines of an event are joined by LF. Throws `provider.garbage`
 * where a line, or an event, does not end.
 */
export async function* sseEvents(
  chunks: AsyncIterable<Uint8Array>,
  maxChars = maxEventChars,
): AsyncGenerator<SseEvent> {
  for await (const together of sseReads(chunks, maxChars)) yield* together;
}

/** As {@link sseEvents}; the events that a chunk has completed come together. */
export async function* sseReads(
  chunks: AsyncIterable<Uint8Array>,
  maxChars = maxEventChars,
): AsyncGenerator<readonly SseEvent[]> {
  const decoder = new TextDecoder();
  let buffer = '';
  let data: string[] = [];
  let size = 0;
  let event: string | undefined;
  /** Up to here the buffer holds no line end. */
  let scanned = 0;
  const take = (final: boolean): SseEvent[] => {
    const events: SseEvent[] = [];
    let start = 0;
    let cr = buffer.indexOf('\r', scanned);
    for (;;) {
      const from = Math.max(start, scanned);
      const lf = buffer.indexOf('\n', from);
      if (cr !== -1 && cr < from) cr = buffer.indexOf('\r', from);
      const end = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr);
      // A CR at the very end may be half of a CRLF.
      if (end === -1 || (buffer[end] === '\r' && end === buffer.length - 1 && !final)) break;
      const line = buffer.slice(start, end);
      start = buffer[end] === '\r' && buffer[end + 1] === '\n' ? end + 2 : end + 1;
      if (line === '') {
        if (data.length > 0)
          events.push({ event, data: data.length === 1 ? (data[0] ?? '') : data.join('\n') });
        data = [];
        size = 0;
        event = undefined;
      } else if (line.startsWith('data:')) {
        const text = line.slice(line[5] === ' ' ? 6 : 5);
        data.push(text);
        size += text.length;
      } else if (line.startsWith('event:')) {
        event = line.slice(line[6] === ' ' ? 7 : 6);
      }
    }
    buffer = buffer.slice(start);
    scanned = Math.max(0, buffer.length - 1);
    return events;
  };
  for await (const chunk of chunks) {
    buffer += decoder.decode(chunk, { stream: true });
    const events = take(false);
    if (events.length > 0) yield events;
    if (buffer.length + size > maxChars)
      throw new ProviderFailure('provider.garbage', 'The provider sent a line that does not end.', {
        accepted: true,
      });
  }
  buffer += `${decoder.decode()}\n\n`;
  const events = take(true);
  if (events.length > 0) yield events;
}
