import { connect, type Socket } from 'node:net';
import type { FuzzRequest } from './requests.ts';

export interface FuzzAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** It is a stream, of which nothing more was read. */
  readonly stream: boolean;
}

const patienceMs = 15_000;

/**
 * One keep-alive connection that sends requests as they are: clients refuse what is to be tried. Requests go one after
 * the other; it connects anew where the server has closed.
 */
export interface FuzzConnection {
  send(request: FuzzRequest): Promise<FuzzAnswer>;
  close(): void;
}

export function fuzzConnection(url: string): FuzzConnection {
  const { hostname, port } = new URL(url);
  let socket: Socket | undefined;
  const drop = () => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    close: drop,
    async send(request) {
      if (request.aborts) return abort(Number(port), hostname, request);
      const used = socket !== undefined;
      const open = socket ?? connect(Number(port), hostname).setNoDelay(true);
      socket = open;
      try {
        const answer = await exchange(open, request);
        if (answer.stream || /\r\nconnection: close/i.test(answer.head)) drop();
        return answer;
      } catch (error) {
        drop();
        // A connection may end between two requests, as it may for every client.
        if (used && error instanceof Error && error.message === 'closed before an answer')
          return this.send(request);
        throw error;
      }
    },
  };
}

const abortedMs = 20;
const unanswered: FuzzAnswer = { status: 0, head: '', body: '', stream: false };

/** Sends what there is, on a connection of its own that ends soon after: whoever leaves hears no answer. */
async function abort(port: number, hostname: string, request: FuzzRequest): Promise<FuzzAnswer> {
  const socket = connect(port, hostname).setNoDelay(true);
  socket.on('error', () => {});
  socket.write(bytesOf(request));
  await new Promise((resolve) => setTimeout(resolve, abortedMs));
  socket.destroy();
  return unanswered;
}

const bytesOf = ({ method, target, headers, body }: FuzzRequest): Buffer => {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1');
  return body ? Buffer.concat([head, body]) : head;
};

function exchange(socket: Socket, request: FuzzRequest): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => end(new Error(`No answer within ${patienceMs} ms`)), patienceMs);
    const end = (result: FuzzAnswer | Error) => {
      clearTimeout(timer);
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
      socket.on('error', () => {});
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answer = answerIn(received, request.method === 'HEAD');
      if (answer) end(answer);
    });
    socket.on('error', () => {});
    socket.on('close', () => end(new Error(received.length === 0 ? 'closed before an answer' : 'cut off')));
    socket.write(bytesOf(request));
  });
}

/** The answer, once all of it is there. */
function answerIn(received: Buffer, bodiless: boolean): FuzzAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = received.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const rest = received.subarray(end + 4);
  if (bodiless || status === 204 || status === 304) return { status, head, body: '', stream: false };
  if (/\r\ncontent-type: text\/event-stream/i.test(head))
    return { status, head, body: rest.toString(), stream: true };
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    if (rest.length < Number(length)) return undefined;
    return { status, head, body: rest.toString(), stream: false };
  }
  // Chunks: their last one is empty.
  const text = rest.toString('latin1');
  if (!text.endsWith('0\r\n\r\n')) return undefined;
  return { status, head, body: unchunked(rest), stream: false };
}

function unchunked(bytes: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString();
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
