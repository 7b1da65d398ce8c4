import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AnswerEnd,
  type AnswerHead,
  type Call,
  type InferencePorts,
  inputBound,
  invoke,
  route,
} from '../../bounded-contexts/inference/index.ts';
import { formatUsd, type PositionCodec, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type ChatRequest, chatRequest } from '../../schemas/http/chat.ts';
import { type Authenticate, principalOf } from '../shared/bearer.ts';
import { parseJson, readBody, validate } from '../shared/json-body.ts';
import { attributionOf } from './attribution.ts';
import { openAiError } from './errors.ts';

export interface ChatPorts extends InferencePorts {
  readonly authenticate: Authenticate;
  readonly positions: PositionCodec;
  readonly bodyBytes: number;
  readonly bodyDepth: number;
  /** Errors that are nobody's but ours. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

/**
 * `POST /v1/chat/completions` on bare `node:http`: it is the path that every token of every model takes, and a
 * framework's request and response objects cost a third of it (docs/adr/0003).
 */
export async function chatCompletions(
  ports: ChatPorts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const arrived = performance.now();
  const invocation = uuidv7(ports.clock());
  response.setHeader('x-request-id', `req_${invocation}`);
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort('caller left');
  });
  try {
    const principal = principalOf(ports.authenticate, request.headers.authorization);
    const bytes = await readBody(request, ports.bodyBytes);
    const body = validate(chatRequest, parseJson(bytes, ports.bodyDepth));
    const candidates = route(body.model, ports.catalogue());
    if (candidates.length === 0) {
      throw new DaybookError(
        'model.not-found',
        `The model ${JSON.stringify(body.model)} does not exist; GET /v1/models lists those that do.`,
        { param: 'model' },
      );
    }
    const maxTokens = boundedTokens(body, candidates[0]?.model.maxOutputTokens);
    const call: Call = {
      tenant: principal.tenant,
      invocation,
      trace: traceOf(request) ?? invocation.replaceAll('-', ''),
      attribution: await attributionOf(ports.vault, principal, request.headers, body),
      requestedModel: body.model,
      candidates,
      body,
      bytes,
      streamed: body.stream === true,
      wantsUsageFrame: body.stream_options?.include_usage === true,
      private: false,
      inputBound: inputBound(bytes.length, body.messages.length, imagesIn(body)),
      maxTokens,
      choices: body.n ?? 1,
      arrived,
      signal: left.signal,
    };
    if (call.streamed) await answerStream(ports, call, response);
    else await answerWhole(ports, call, response);
  } catch (error) {
    if (!(error instanceof DaybookError)) ports.onBug(error, `req_${invocation}`);
    answerError(response, error);
  }
}

/** The caller's own bound. Throws where it is more than the model can give. */
function boundedTokens(body: ChatRequest, most: number | undefined): number | undefined {
  const asked = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  if (asked !== undefined && most !== undefined && asked > most) {
    const param = body.max_completion_tokens == null ? 'max_tokens' : 'max_completion_tokens';
    throw new DaybookError('request.invalid', `${param}: the model answers with at most ${most} tokens.`, {
      param,
    });
  }
  return asked;
}

function imagesIn(body: ChatRequest): number {
  let images = 0;
  for (const { content } of body.messages) {
    if (Array.isArray(content)) for (const part of content) if (part.type !== 'text') images++;
  }
  return images;
}

/** The trace id of W3C trace context, where the caller sent one. */
function traceOf(request: IncomingMessage): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string'
    ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1]
    : undefined;
}

/** A header holds ASCII; what a provider calls its models need not. Else the answer would fail once it is paid for. */
const headerSafe = (text: string): string => encodeURI(text.toWellFormed()).replaceAll('%25', '%');

function headHeaders(head: AnswerHead): Record<string, string> {
  return {
    'Daybook-Invocation-Id': head.invocation,
    'Daybook-Provider': head.provider,
    'Daybook-Model': headerSafe(head.model),
    'Daybook-Tier': String(head.tier),
    ...(head.loweredTo === undefined ? {} : { 'Daybook-Max-Tokens-Lowered-To': String(head.loweredTo) }),
  };
}

function endHeaders(ports: ChatPorts, end: AnswerEnd): Record<string, string> {
  return {
    'Daybook-Cost-Usd': formatUsd(end.cost),
    'Daybook-Budget-Remaining-Usd': end.remaining === null ? 'unlimited' : formatUsd(end.remaining),
    'Daybook-Position': ports.positions.encode(end.position),
  };
}

async function answerWhole(ports: ChatPorts, call: Call, response: ServerResponse): Promise<void> {
  const { head, end, body } = await invoke(ports, call);
  const bytes = body ?? new Uint8Array();
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...headHeaders(head),
    ...endHeaders(ports, end),
  });
  response.end(bytes);
}

async function answerStream(ports: ChatPorts, call: Call, response: ServerResponse): Promise<void> {
  const begin = (head: AnswerHead) => {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...headHeaders(head),
    });
    // A first chunk must not wait for a second one to fill a packet.
    response.socket?.setNoDelay(true);
  };
  const { head, end } = await invoke(ports, call, {
    begin,
    write(json) {
      if (response.write(`data: ${json}\n\n`) || call.signal.aborted) return undefined;
      return new Promise<void>((resolve) => {
        const go = () => {
          response.off('drain', go);
          call.signal.removeEventListener('abort', go);
          resolve();
        };
        response.once('drain', go);
        call.signal.addEventListener('abort', go, { once: true });
      });
    },
  });
  if (!response.headersSent) begin(head);
  // What is known only now, for those who read comments; OpenAI's clients pass over it.
  const known = Object.entries(endHeaders(ports, end))
    .map(([name, value]) => `: ${name}: ${value}\n`)
    .join('');
  response.end(`${known}\ndata: [DONE]\n\n`);
}

function answerError(response: ServerResponse, thrown: unknown): void {
  const { status, headers, body } = openAiError(thrown);
  if (response.writableEnded || response.destroyed) return;
  const json = JSON.stringify(body);
  if (response.headersSent) {
    // In mid-stream: an error event and no [DONE], so that no client takes it for a whole answer.
    response.end(`data: ${json}\n\n`);
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    ...headers,
  });
  response.end(json);
}
