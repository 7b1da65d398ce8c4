import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { uuidv7 } from '../bounded-contexts/kernel/index.ts';
import type { HttpConfig, Limits } from '../schemas/config/file.ts';
import { DaybookError } from '../schemas/errors.ts';
import { pathOf } from './http/dialect.ts';
import { answerClientErrors, outOfBounds, refuse } from './http/refuse.ts';
import { safetyHeaders, webSafety } from './http/safety.ts';
import type { Connection } from './shared/audited.ts';
import { type AnsweredBy, type ModelCallPorts, modelCall } from './shared/model-call.ts';
import type { Surface } from './shared/surface.ts';

export interface GatewayOptions {
  readonly calls: ModelCallPorts;
  /** The routes on which models are called, by path; each is a POST. */
  readonly surfaces: ReadonlyMap<string, Surface>;
  /** Every other surface. */
  readonly app: { fetch(request: Request, connection: Connection): Response | Promise<Response> };
  readonly limits: Limits;
  readonly http: HttpConfig;
  /**
   * Hears of each request once its answer is over. `arrived`: `performance.now()` then. `by`: only of model calls, who
   * answered.
   */
  readonly onAnswer: (
    request: IncomingMessage,
    response: ServerResponse,
    arrived: number,
    by: AnsweredBy | undefined,
  ) => void;
}

export interface Gateway {
  readonly server: Server;
  /** Model calls in flight now. */
  readonly busy: () => number;
  /** Lets calls in flight end for `graceMs`, then cuts them off. */
  stop(graceMs: number): Promise<void>;
}

const nobody: AnsweredBy = { provider: 'none', tier: 'none' };

/** How long, in ms, other requests may still take once no model call is in flight. */
const restMs = 500;

/** The one HTTP server: model calls on bare `node:http`, all else through Hono. */
export function gateway({ calls, surfaces, app, limits, http, onAnswer }: GatewayOptions): Gateway {
  const rest = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const safety = webSafety(http);
  let busy = 0;
  let stopping = false;

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const arrived = performance.now();
    const error = outOfBounds(request, limits);
    const surface = !error && request.method === 'POST' ? surfaces.get(pathOf(request.url)) : undefined;
    if (surface && !stopping && busy < limits.inFlight) {
      busy++;
      // A call may outlive its caller, and an answer may be on its way when the call is over.
      let open = 2;
      let by: AnsweredBy | undefined;
      const ended = () => {
        if (--open > 0) return;
        busy--;
        onAnswer(request, response, arrived, by ?? nobody);
      };
      response.once('close', ended);
      void modelCall(calls, surface, request, response, safety.headOf(request), arrived)
        .then((answeredBy) => {
          by = answeredBy;
        })
        .finally(ended);
      return;
    }
    response.once('close', () => onAnswer(request, response, arrived, surface && nobody));
    if (safety.set(request, response)) return;
    if (error) refuse(request, response, error, `req_${uuidv7(calls.clock())}`);
    else if (!surface) void rest(request, response);
    else {
      const error = new DaybookError(stopping ? 'gateway.stopping' : 'gateway.overloaded');
      refuseCall(surface, response, error, `req_${uuidv7(calls.clock())}`);
    }
  };

  const server = createServer(
    {
      keepAlive: true,
      noDelay: true,
      keepAliveTimeout: 65_000,
      maxHeaderSize: limits.headerBytes,
      // A request must arrive within these; answers may take longer.
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, limits.headersMs / 4)),
    },
    handle,
  );
  // Node drops the headers beyond its count without a word: it is to see one more than we accept.
  server.maxHeadersCount = limits.headerCount + 1;
  server.maxConnections = limits.connections;
  answerClientErrors(server, calls.clock, safetyHeaders);
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

function refuseCall(
  surface: Surface,
  response: ServerResponse,
  error: DaybookError,
  requestId: string,
): void {
  const { status, headers, body } = surface.error(error, requestId);
  response.writeHead(status, {
    'content-type': 'application/json',
    connection: 'close',
    'x-request-id': requestId,
    ...(surface.requestIdHeader === undefined ? {} : { [surface.requestIdHeader]: requestId }),
    'openai-processing-ms': '0',
    ...headers,
  });
  response.end(JSON.stringify(body));
}
