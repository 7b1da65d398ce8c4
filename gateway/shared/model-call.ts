import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ledgers } from '../../bounded-contexts/budgets/index.ts';
import type { AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Directory, Principal } from '../../bounded-contexts/identity/index.ts';
import {
  type Call,
  dataSubjectOf,
  type Frame,
  type InferencePorts,
  inputBound,
  type LiveStreams,
  route,
  scopesOf,
} from '../../bounded-contexts/inference/index.ts';
import { type Taken, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { attributionOf } from './attribution.ts';
import { isRefusal } from './audited.ts';
import { type Authenticate, demand, principalOf } from './bearer.ts';
import { headersSentOn, markersOf, midStreamOf, oneOf, privacyOf, questionOf } from './call-options.ts';
import { admitCall, boundsOfCall } from './call-rates.ts';
import { type AnswerPorts, answerError, answerStream, answerWhole } from './give-answer.ts';
import type { Head } from './head.ts';
import { parseJson, readBody } from './json-body.ts';
import type { RatePorts } from './rates.ts';
import { giveAgain, replayable } from './replay.ts';
import { refuseUnserved } from './served.ts';
import type { AskedFor, Given, Surface } from './surface.ts';
import { liveTap, type Tap } from './taps.ts';

export interface ModelCallPorts extends AnswerPorts {
  readonly limits: RatePorts;
  readonly liveStreams: LiveStreams;
  readonly ledgers: InferencePorts['ledgers'] & Pick<Ledgers, 'pressure'>;
  readonly authenticate: Authenticate;
  readonly audit: Pick<AuditRecorder, 'refused'>;
  /** What is known of a department, without I/O. */
  readonly department: Directory['department'];
  /** Likewise of a tenant. */
  readonly tenant: Directory['tenant'];
  readonly bodyBytes: number;
  readonly bodyDepth: number;
}

/** Who answered a call, as metrics count it. */
export interface AnsweredBy {
  readonly provider: string;
  readonly tier: string;
}

/**
 * A call of a model in any dialect, on bare `node:http`: it is the path that every token of every model takes, and
 * a framework's request and response objects cost a third of it (docs/adr/0003). `head` is written with the answer and
 * added to; `arrived`: `performance.now()` then. Who answered; undefined where nobody did.
 */
export async function modelCall(
  ports: ModelCallPorts,
  surface: Surface,
  request: IncomingMessage,
  response: ServerResponse,
  head: Head,
  arrived: number,
): Promise<AnsweredBy | undefined> {
  const invocation = uuidv7(ports.clock());
  const requestId = `req_${invocation}`;
  head.push('x-request-id', requestId);
  if (surface.requestIdHeader !== undefined) head.push(surface.requestIdHeader, requestId);
  const ended = new AbortController();
  let taps: readonly Tap[] = [];
  let detached = false;
  let taken: Taken | undefined;
  let used = 0;
  let known: Principal | undefined;
  let first: Frame | undefined;
  let last: Frame | undefined;
  const given = (): Given | undefined => first && last && { first, last };
  response.once('close', () => {
    if (!response.writableFinished && !detached) ended.abort('caller left');
  });
  try {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    const found = principalOf(ports.authenticate, authorization, apiKey);
    const principal = found instanceof Promise ? await found : found;
    known = principal;
    demand(principal, 'models.call');
    const received = await readBody(request, ports.bodyBytes);
    const sent = parseJson(received, ports.bodyDepth);
    const body = surface.expand ? await surface.expand(sent, principal) : sent;
    const bytes = body === sent ? received : Buffer.from(JSON.stringify(body));
    const asked = surface.parse(body);
    const attribution = await attributionOf(ports.vault, principal, request.headers, asked.user);
    const { policy } = ports.plan();
    const department =
      attribution.department === undefined
        ? undefined
        : ports.department(principal.tenant, attribution.department);
    if (department?.status === 'archived')
      throw new DaybookError('auth.forbidden', `The department ${department.slug} is archived.`, {
        param: 'daybook-department',
      });
    const privacy = privacyOf(principal, request.headers, policy.privacy, department);
    const routed = route(
      ports,
      questionOf(surface, asked, bytes, privacy !== undefined, principal, invocation),
      () => ports.ledgers.pressure(principal.tenant, scopesOf({ attribution })) ?? undefined,
    );
    refuseUnserved(routed, surface.operation, ports.catalogue());
    refuseTooMany(asked, routed.candidates[0]?.model.maxOutputTokens);
    const call: Call = {
      tenant: principal.tenant,
      invocation,
      trace: traceOf(request) ?? invocation.replaceAll('-', ''),
      attribution,
      requestedModel: asked.model,
      routed,
      operation: surface.operation,
      body: body as Call['body'],
      ...(surface.headersSentOn ? { headers: headersSentOn(surface, request.headers) } : {}),
      bytes,
      streamed: asked.streamed,
      wantsUsageFrame: asked.wantsUsageFrame,
      privacy,
      inputBound: inputBound(bytes.length, asked.messages, asked.images),
      maxTokens: asked.maxTokens,
      choices: asked.choices,
      midStream: midStreamOf(request.headers, policy),
      markers: markersOf(request.headers, policy),
      arrived,
      ended,
      onUsed: (tokens) => {
        used = tokens;
      },
    };
    const leaseMs = ports.callMs + leaseGraceMs;
    const bounds = boundsOfCall(ports.limits, principal, call);
    if (bounds.length > 0)
      taken = await admitCall(ports.limits, surface, call, bounds, head, leaseMs, ports.clock());
    const replay = await replayable(ports, call, principal, request.headers, leaseMs);
    taps = replay.taps;
    taps = [...taps, ...resumableTap(ports, surface, call, principal, request.headers, given)];
    detached = replay.detached || taps.length > replay.taps.length;
    if (replay.given) {
      const { reply } = replay.given;
      await giveAgain(ports, call, replay.given, response, head, taps);
      return { provider: reply.provider, tier: String(reply.tier) };
    }
    if (replay.cache) head.push('Daybook-Cache', replay.cache);
    const numbered = taps.length > replay.taps.length;
    if (numbered) head.push('Daybook-Stream-Id', invocation);
    const onGiven = (frame: Frame) => {
      first ??= frame;
      last = frame;
    };
    const { provider, tier } = call.streamed
      ? await answerStream(ports, surface, call, response, head, taps, numbered, onGiven)
      : await answerWhole(ports, call, response, head, taps);
    return { provider, tier: String(tier) };
  } catch (error) {
    if (!(error instanceof DaybookError)) ports.onBug(error, requestId);
    if (isRefusal(error)) {
      const route = `POST ${request.url?.split('?', 1)[0] ?? ''}`;
      ports.audit.refused(
        { principal: known, route, requestId, address: request.socket.remoteAddress },
        error.code,
      );
    }
    for (const tap of taps)
      await tap
        .fail(surface.sseError(error, requestId, given()))
        .catch((failed: unknown) => ports.onBug(failed, requestId));
    answerError(surface, response, head, error, arrived, requestId, given());
    return undefined;
  } finally {
    if (taken) void ports.limits.rates.giveBack(taken, used);
  }
}

/** A claim of an Idempotency-Key, and a place among calls at once, outlive their call by this much, in ms: then its gateway is dead. */
const leaseGraceMs = 10_000;

/** `Daybook-Resumable: true` on a streamed call: its events are kept for readers who come back. */
function resumableTap(
  ports: ModelCallPorts,
  surface: Surface,
  call: Call,
  { key }: Principal,
  headers: IncomingMessage['headers'],
  given: () => Given | undefined,
): Tap[] {
  if (oneOf(headers, 'daybook-resumable', ['true', 'false']) !== 'true' || !call.streamed) return [];
  const { tenant, invocation } = call;
  const subject = dataSubjectOf(call);
  const requestId = `req_${invocation}`;
  const onError = (error: unknown) => ports.onBug(error, requestId);
  const stopped = new DaybookError(
    'provider.cut-off',
    'The gateway that made this answer stopped before it was complete; ask again.',
  );
  const ifCutOff = () => surface.sseError(stopped, requestId, given());
  return [liveTap(ports.liveStreams, { tenant, stream: invocation, subject, key }, ifCutOff, onError)];
}

/** Throws where the caller's own bound is more than the model can give. */
function refuseTooMany({ maxTokens, maxTokensField: param }: AskedFor, most: number | undefined): void {
  if (maxTokens !== undefined && most !== undefined && maxTokens > most) {
    throw new DaybookError('request.invalid', `${param}: the model answers with at most ${most} tokens.`, {
      param,
    });
  }
}

/** The trace id of W3C trace context, where the caller sent one. */
function traceOf(request: IncomingMessage): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string'
    ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1]
    : undefined;
}
