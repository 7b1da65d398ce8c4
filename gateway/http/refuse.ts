import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { type Clock, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import type { Limits } from '../../schemas/config/file.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { DialectError } from '../shared/surface.ts';
import { errorFor } from './dialect.ts';

/** What of a request must be within bounds before anybody looks at it; Node counts the bytes of headers itself. */
export function outOfBounds(
  { url = '', rawHeaders }: IncomingMessage,
  { urlBytes, headerCount }: Pick<Limits, 'urlBytes' | 'headerCount'>,
): DaybookError | undefined {
  if (url.length > urlBytes)
    return new DaybookError('request.url-too-long', `The address may have ${urlBytes} bytes.`);
  if (rawHeaders.length > headerCount * 2)
    return new DaybookError('request.headers-too-large', `At most ${headerCount} headers are accepted.`);
  return undefined;
}

/** Answers a request that no surface sees, and closes its connection: what follows on it is not read. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: DaybookError,
  requestId: string,
): void {
  const { status, headers, body } = errorFor(request.url ?? '', request.headers, error, requestId);
  const json = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    'content-length': Buffer.byteLength(json),
    connection: 'close',
    'x-request-id': requestId,
  });
  response.end(json);
}

const codes: Readonly<Record<string, DaybookError['code']>> = {
  HPE_HEADER_OVERFLOW: 'request.headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
};

/** The address of a request that could not be parsed, as far as its first packet says. */
const addressIn = (packet: unknown): string =>
  packet instanceof Uint8Array
    ? (/^[A-Z]+ (\S+)/.exec(Buffer.from(packet.subarray(0, 4_096)).toString('latin1'))?.[1] ?? '')
    : '';

/** Answers what is no request, or does not arrive: in its dialect, as far as that is known. */
export function answerClientErrors(
  server: Server,
  clock: Clock,
  safety: Readonly<Record<string, string>>,
): void {
  /** The last request of each connection: what is written beside an answer under way would break it. */
  const latest = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>();
  server.on('request', (request, response) => latest.set(request.socket, { request, response }));
  server.on('clientError', (thrown: NodeJS.ErrnoException & { rawPacket?: unknown }, socket) => {
    const under = socket instanceof Socket ? latest.get(socket) : undefined;
    const answering = under && !under.response.writableFinished ? under : undefined;
    const answer = () => {
      const error = new DaybookError(codes[thrown.code ?? ''] ?? 'request.malformed-http');
      const requestId = `req_${uuidv7(clock())}`;
      // A request that is answered by now is whole: what came is another's.
      const cutOff = answering?.request.complete === false ? answering.request : undefined;
      const url = cutOff?.url ?? addressIn(thrown.rawPacket);
      const said = errorFor(url, cutOff?.headers ?? {}, error, requestId);
      if (socket.writable) socket.end(rawAnswer(said, { ...safety, 'x-request-id': requestId }));
      else socket.destroy();
    };
    if (!socket.writable || thrown.code === 'ECONNRESET') socket.destroy();
    else if (!answering) answer();
    else if (answering.request.complete) answering.response.once('finish', answer);
    else if (answering.response.headersSent) socket.destroy();
    else answer();
  });
}

function rawAnswer({ status, headers, body }: DialectError, more: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(body);
  const lines = Object.entries({
    'content-type': 'application/json',
    ...headers,
    ...more,
    'content-length': String(Buffer.byteLength(json)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${lines.join('')}\r\n${json}`;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
