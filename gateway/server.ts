import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { uuidv7 } from '../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../schemas/errors.ts';
import { type ModelCallPorts, modelCall } from './shared/model-call.ts';
import type { Surface } from './shared/surface.ts';

export interface GatewayOptions {
  readonly calls: ModelCallPorts;
  /** The routes on which models are called, by path; each is a POST. */
  readonly surfaces: ReadonlyMap<string, Surface>;
  /** Every other surface. */
  readonly app: { fetch(request: Request): Response | Promise<Response> };
  /** Calls of models in flight at most; more are refused with 503. */
  readonly inFlight: number;
}

export interface Gateway {
  readonly server: Server;
  /** Model calls in flight now. */
  readonly busy: () => number;
  /** Lets calls in flight end for `graceMs`, then cuts them off. */
  stop(graceMs: number): Promise<void>;
}

/** How long, in ms, other requests may still take once no model call is in flight. */
const restMs = 500;

/** The one HTTP server: model calls on bare `node:http`, all else through Hono. */
export function gateway({ calls, surfaces, app, inFlight }: GatewayOptions): Gateway {
  const rest = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  let busy = 0;
  let stopping = false;

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const surface = request.method === 'POST' ? surfaces.get(pathOf(request.url)) : undefined;
    if (!surface) {
      void rest(request, response);
      return;
    }
    if (stopping || busy >= inFlight) {
      refuse(surface, response, new DaybookError(stopping ? 'gateway.stopping' : 'gateway.overloaded'));
      return;
    }
    busy++;
    // A call may outlive its caller, and an answer may be on its way when the call is over.
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const done = modelCall(calls, surface, request, response);
    void Promise.all([closed, done]).finally(() => {
      busy--;
    });
  };

  // Node's own limits: 300 s for a whole request, 60 s for its headers; answers may take longer.
  const server = createServer({ keepAlive: true, noDelay: true, keepAliveTimeout: 65_000 }, handle);
  return {
    server,
    busy: () => busy,
    async stop(graceMs) {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Model calls end in their own time; event streams never do, and connections without a request neither.
      const deadline = performance.now() + graceMs;
      while (busy > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      const others = setTimeout(() => server.closeAllConnections(), Math.min(graceMs, restMs));
      server.closeIdleConnections();
      await closed;
      clearTimeout(others);
    },
  };
}

function pathOf(url = ''): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function refuse(surface: Surface, response: ServerResponse, error: DaybookError): void {
  const { status, headers, body } = surface.error(error);
  const id = `req_${uuidv7()}`;
  response.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    'x-request-id': id,
    ...(surface.requestIdHeader === undefined ? {} : { [surface.requestIdHeader]: id }),
    'openai-processing-ms': '0',
    ...headers,
  });
  response.end(JSON.stringify(body));
}
