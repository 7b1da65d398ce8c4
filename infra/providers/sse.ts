/**
 * Reads `data:` payloads from a server-sent event stream (WHATWG HTML, 9.2.6): lines end in LF, CRLF or CR;
 * comments and other fields are passed over; several `data:` lines of an event are joined by LF.
 */
export async function* sseData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let buffer = '';
  let data: string[] = [];
  const take = function* (final: boolean): Generator<string> {
    let start = 0;
    for (;;) {
      const lf = buffer.indexOf('\n', start);
      const cr = buffer.indexOf('\r', start);
      const end = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr);
      // A CR at the very end may be half of a CRLF.
      if (end === -1 || (buffer[end] === '\r' && end === buffer.length - 1 && !final)) break;
      const line = buffer.slice(start, end);
      start = buffer[end] === '\r' && buffer[end + 1] === '\n' ? end + 2 : end + 1;
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5));
      }
    }
    buffer = buffer.slice(start);
  };
  for await (const chunk of chunks) {
    buffer += decoder.decode(chunk, { stream: true });
    yield* take(false);
  }
  buffer += `${decoder.decode()}\n\n`;
  yield* take(true);
}
