import type { ServerResponse } from 'node:http';
import {
  type Answer,
  type AnswerEnd,
  type AnswerHead,
  type Call,
  type Frame,
  invoke,
  ProviderFailure,
} from '../../bounded-contexts/inference/index.ts';
import { formatUsd } from '../../bounded-contexts/kernel/index.ts';
import { addAll, type Head, setAll } from './head.ts';
import { headerSafe } from './header-safe.ts';
import type { ReplayPorts } from './replay.ts';
import type { Given, Surface } from './surface.ts';
import type { Tap } from './taps.ts';

export interface AnswerPorts extends ReplayPorts {
  /** Errors that are nobody's but ours. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

/** Of limits the caller hears the provider's, unless we limit it ourselves: those are what it can act upon. */
function addAnswered(
  head: Head,
  { headers, invocation, provider, model, tier, loweredTo }: AnswerHead,
): void {
  if (!head.includes('RateLimit')) addAll(head, headers);
  head.push(
    'Daybook-Invocation-Id',
    invocation,
    'Daybook-Provider',
    provider,
    'Daybook-Model',
    headerSafe(model),
    'Daybook-Tier',
    String(tier),
  );
  if (loweredTo !== undefined) head.push('Daybook-Max-Tokens-Lowered-To', String(loweredTo));
}

/** Names and values by turns. */
const endOf = (ports: AnswerPorts, { cost, remaining, position }: AnswerEnd): readonly string[] => [
  'Daybook-Cost-Usd',
  formatUsd(cost),
  'Daybook-Budget-Remaining-Usd',
  remaining === null ? 'unlimited' : formatUsd(remaining),
  'Daybook-Position',
  ports.positions.encode(position),
];

const eventStream = 'text/event-stream; charset=utf-8';

const processingMs = (arrived: number): string => String(Math.round(performance.now() - arrived));

/** Before the clean end: whoever comes again must find what this caller is about to have. */
async function finishTaps(
  ports: AnswerPorts,
  call: Call,
  taps: readonly Tap[],
  contentType: string,
  { head, end }: Pick<Answer, 'head' | 'end'>,
): Promise<void> {
  const { invocation, tier, provider, model } = head;
  for (const tap of taps) {
    try {
      await tap.finish({ contentType, invocation, tier, provider, model, cost: end.cost });
    } catch (error) {
      // The answer is there and paid for: that it cannot be given again must not take it away.
      ports.onBug(error, `req_${call.invocation}`);
    }
  }
}

/** A whole answer: called, recorded, then given. */
export async function answerWhole(
  ports: AnswerPorts,
  call: Call,
  response: ServerResponse,
  head: Head,
  taps: readonly Tap[],
): Promise<AnswerHead> {
  const { head: answered, end, body } = await invoke(ports, call);
  const bytes = body ?? new Uint8Array();
  if (taps.length > 0) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    for (const tap of taps) tap.write(text);
    await finishTaps(ports, call, taps, 'application/json', { head: answered, end });
  }
  head.push('content-type', 'application/json', 'content-length', String(bytes.length));
  head.push('openai-processing-ms', processingMs(call.arrived));
  addAnswered(head, answered);
  head.push(...endOf(ports, end));
  response.writeHead(200, head);
  response.end(bytes);
  return answered;
}

/** An answer as it comes; its end only once it is recorded. `onGiven` hears of each frame that the caller is given. */
export async function answerStream(
  ports: AnswerPorts,
  surface: Surface,
  call: Call,
  response: ServerResponse,
  head: Head,
  taps: readonly Tap[],
  numbered: boolean,
  onGiven: (frame: Frame) => void,
): Promise<AnswerHead> {
  const { signal } = call.ended;
  let lastWrite = 0;
  let number = 0;
  // Proxies and callers give up on a connection that is silent; a comment says that we have not.
  const { heartbeatMs } = call.routed.plan.policy;
  const heartbeat = setInterval(() => {
    const silent = response.headersSent && performance.now() - lastWrite >= heartbeatMs;
    if (silent && !response.writableNeedDrain && !response.writableEnded) response.write(': still here\n\n');
  }, heartbeatMs);
  response.once('close', () => clearInterval(heartbeat));
  const begin = (answered: AnswerHead) => {
    head.push('content-type', eventStream, 'cache-control', 'no-cache', 'x-accel-buffering', 'no');
    head.push('openai-processing-ms', processingMs(call.arrived));
    addAnswered(head, answered);
    response.writeHead(200, head);
    // A first chunk must not wait for a second one to fill a packet.
    response.socket?.setNoDelay(true);
  };
  // Frames that came together leave together: each write is a chunk of its own, of three pieces.
  let held = '';
  const flush = () => {
    if (held !== '' && !response.destroyed) response.write(held);
    held = '';
  };
  const invoked = invoke(ports, call, {
    begin,
    write(frame) {
      lastWrite = performance.now();
      onGiven(frame);
      const text = surface.sse(frame);
      const kept = taps.length === 0 ? undefined : writeAll(taps, text);
      number++;
      // A caller of a detached call may be gone: what it would have read is kept.
      if (response.destroyed) return kept;
      if (held === '') process.nextTick(flush);
      held += numbered ? `id: ${number}\n${text}` : text;
      if (!response.writableNeedDrain || signal.aborted) return kept;
      const drained = new Promise<void>((resolve) => {
        const go = () => {
          response.off('drain', go);
          response.off('close', go);
          signal.removeEventListener('abort', go);
          resolve();
        };
        response.once('drain', go);
        response.once('close', go);
        signal.addEventListener('abort', go, { once: true });
      });
      return kept ? Promise.all([kept, drained]).then(() => {}) : drained;
    },
  });
  // Also where it failed: what was given stands before the error.
  const { head: answered, end } = await invoked.finally(flush);
  if (!response.headersSent) begin(answered);
  // What is known only now, for those who read comments; official clients pass over it.
  const facts = endOf(ports, end);
  let known = '';
  for (let at = 0; at < facts.length; at += 2) known += `: ${facts[at]}: ${facts[at + 1]}\n`;
  const last = `${known}\n${surface.done}`;
  if (taps.length > 0) {
    await writeAll(taps, last);
    await finishTaps(ports, call, taps, eventStream, { head: answered, end });
  }
  response.end(numbered ? `id: ${number + 1}\n${last}` : last);
  return answered;
}

function writeAll(taps: readonly Tap[], text: string): Promise<void> | undefined {
  const slow = taps.flatMap((tap) => tap.write(text) ?? []);
  return slow.length === 0 ? undefined : Promise.all(slow).then(() => {});
}

/** How the limits stand of the provider that refused, where it said so. */
const rateLimitsIn = (thrown: unknown): Readonly<Record<string, string>> =>
  thrown instanceof Error && thrown.cause instanceof ProviderFailure
    ? (thrown.cause.details.rateLimits ?? {})
    : {};

/** Why there is no answer, or no more of it, in the dialect. */
export function answerError(
  surface: Surface,
  response: ServerResponse,
  head: Head,
  thrown: unknown,
  arrived: number,
  requestId: string,
  given: Given | undefined,
): void {
  const { status, headers, body } = surface.error(thrown, requestId);
  if (response.writableEnded || response.destroyed) return;
  if (response.headersSent) {
    response.end(surface.sseError(thrown, requestId, given));
    return;
  }
  const json = JSON.stringify(body);
  setAll(response, head);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'openai-processing-ms': processingMs(arrived),
    ...rateLimitsIn(thrown),
    ...headers,
  });
  response.end(json);
}
