import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

/** One request as a scripted provider got it. */
export interface WireCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Its JSON; empty where it has none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly streamed: boolean;
  readonly response: ServerResponse;
  /** Resolves once the one who asked has gone, or been answered. */
  readonly gone: Promise<void>;
}

export interface WireServer {
  /** Without a path. */
  readonly url: string;
  /** In the order in which they came. */
  readonly calls: WireCall[];
  stop(): Promise<void>;
}

/** An HTTP server on loopback that keeps what it is asked and leaves the answer to `answer`. */
export async function wireServer(answer: (call: WireCall) => void): Promise<WireServer> {
  const calls: WireCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    // One who goes away in the middle of something is what is tested.
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
      const call: WireCall = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        model: String(body['model'] ?? ''),
        streamed: body['stream'] === true,
        response,
        gone: new Promise((resolve) => response.once('close', resolve)),
      };
      calls.push(call);
      answer(call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(
  { response }: Pick<WireCall, 'response'>,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

export function sendStream(
  { response }: Pick<WireCall, 'response'>,
  type: string,
  pieces: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': type, ...headers });
  for (const piece of pieces) response.write(piece);
  response.end();
}
