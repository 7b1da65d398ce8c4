import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import type { Operation } from '../../schemas/primitives.ts';
import type { Ledgers, Reserved } from '../budgets/index.ts';
import type { Clock, Nano } from '../kernel/index.ts';
import { type Tried, tryProvider } from './attempt.ts';
import type { AnswerEnd, AnswerHead, Call, StreamSink } from './call.ts';
import type { Catalogue } from './catalogue.ts';
import { keepsResponse } from './dialects/index.ts';
import type { Frame, Provider, ProviderFailure } from './ports.ts';
import { boundOf, outputTokensFor } from './pricing.ts';
import {
  type RecordPorts,
  recordCompletion,
  recordRefusal,
  type SealedPrompt,
  sealPrompt,
} from './record.ts';
import type { Candidate } from './route.ts';

export interface InferencePorts extends RecordPorts {
  readonly ledgers: Pick<Ledgers, 'reserve' | 'topUp' | 'release'>;
  readonly clock: Clock;
  readonly catalogue: () => Catalogue;
  readonly providers: ReadonlyMap<string, Provider>;
  /** The whole call, in ms, all attempts included. */
  readonly callMs: number;
  /** Where the caller sets no bound, a budget may lower the answer to no fewer tokens than this. */
  readonly minimumMaxTokens: number;
}

export interface Answer {
  readonly head: AnswerHead;
  readonly end: AnswerEnd;
  /** Of a call that was not streamed. */
  readonly body: Uint8Array | undefined;
}

/** The reservation outlives the call by this much: twice the patience of a record that is not acknowledged. */
const graceMs = 20_000;

/** `tenant` and one `<kind>:<id>` for each id that the call is attributed to. */
export function scopesOf({ attribution }: Call): string[] {
  const { key, user, department, agent, session, run } = attribution;
  const scopes = ['tenant', `key:${key}`];
  if (department !== undefined) scopes.push(`department:${department}`);
  if (user !== undefined) scopes.push(`user:${user}`);
  if (agent !== undefined) scopes.push(`agent:${agent}`);
  if (session !== undefined) scopes.push(`session:${session}`);
  if (run !== undefined) scopes.push(`run:${run}`);
  return scopes;
}

const answersWithoutTokens: ReadonlySet<Operation> = new Set(['embeddings', 'moderations', 'rerank']);

const outputBoundOf = (call: Call, { model }: Candidate): number =>
  answersWithoutTokens.has(call.operation) ? 0 : (call.maxTokens ?? model.defaultMaxTokens) * call.choices;

/**
 * The order of a call, after it was authenticated, validated and routed: seal the prompt → reserve (acknowledged) →
 * attempts,
 * each within what is reserved → record (acknowledged) → the answer's clean end. Settlement follows from the
 * record. Throws a DaybookError that says why there is no answer; by then it is recorded and paid for.
 */
export async function invoke(ports: InferencePorts, call: Call, sink?: StreamSink): Promise<Answer> {
  const [first] = call.candidates;
  if (!first) throw new DaybookError('model.not-found', undefined, { param: 'model' });
  const prompt = await sealPrompt(ports, call);
  const reserved = await reserve(ports, call, first);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort('deadline'), ports.callMs);
  const leave = () => deadline.abort(call.signal.reason);
  call.signal.addEventListener('abort', leave, { once: true });
  try {
    if (call.signal.aborted) {
      await ports.ledgers.release(call.tenant, { reservation: call.invocation, actor: call.attribution.key });
      throw new DaybookError('request.invalid', 'The caller left before the call was made.');
    }
    return await attempts(ports, call, first, prompt, reserved, deadline.signal, sink);
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener('abort', leave);
  }
}

async function reserve(ports: InferencePorts, call: Call, first: Candidate): Promise<Reserved> {
  const { price } = first.model;
  const output = outputBoundOf(call, first);
  const least = Math.min(ports.minimumMaxTokens * call.choices, output);
  try {
    return await ports.ledgers.reserve(call.tenant, {
      reservation: call.invocation,
      scopes: scopesOf(call),
      amount: boundOf(call.inputBound, output, price),
      // Only an answer that the caller left open may be shortened.
      ...(call.maxTokens === undefined ? { floor: boundOf(call.inputBound, least, price) } : {}),
      expiresAt: ports.clock() + ports.callMs + graceMs,
      actor: call.attribution.key,
    });
  } catch (error) {
    if (isDaybookError(error, 'budget.exceeded')) await recordRefusal(ports, call, error);
    throw error;
  }
}

async function attempts(
  ports: InferencePorts,
  call: Call,
  first: Candidate,
  prompt: SealedPrompt,
  reservation: Reserved,
  signal: AbortSignal,
  sink: StreamSink | undefined,
): Promise<Answer> {
  const tried: Attempt[] = [];
  let reserved: Nano = reservation.granted;
  let remaining = reservation.remaining;
  let spent: Nano = 0n;
  let last: Tried | undefined;
  let head: AnswerHead | undefined;
  let final: Frame | undefined;
  let candidate = first;
  for (candidate of call.candidates) {
    const provider = ports.providers.get(candidate.model.provider);
    if (!provider) continue;
    const wanted = outputBoundOf(call, candidate);
    const missing = spent + boundOf(call.inputBound, wanted, candidate.model.price) - reserved;
    // What the first one was granted may be less than its bound: then its answer is shortened.
    if (missing > 0n && candidate !== first) {
      try {
        const more = await ports.ledgers.topUp(call.tenant, {
          reservation: call.invocation,
          amount: missing,
          actor: call.attribution.key,
        });
        reserved += missing;
        remaining = more.remaining;
      } catch (error) {
        if (!isDaybookError(error)) throw error;
        // No top-up, no attempt: what was tried so far is the outcome.
        break;
      }
    }
    const outputBound = Math.min(
      wanted,
      outputTokensFor(reserved - spent, call.inputBound, candidate.model.price),
    );
    const loweredTo = outputBound < wanted ? Math.floor(outputBound / call.choices) : undefined;
    const begun: AnswerHead = {
      invocation: call.invocation,
      provider: candidate.model.provider,
      model: candidate.model.id,
      tier: candidate.model.tier,
      loweredTo,
      headers: {},
    };
    head = begun;
    let started = false;
    last = await tryProvider({
      call,
      candidate,
      provider,
      outputBound,
      signal,
      loweredTo,
      onFrame(frame) {
        if (!started) {
          started = true;
          sink?.begin(frame.headers ? { ...begun, headers: frame.headers } : begun);
        }
        if (frame.final) {
          final = frame;
          return undefined;
        }
        return frame.usageOnly && !call.wantsUsageFrame ? undefined : sink?.write(frame);
      },
    });
    if (last.reply?.headers) head = { ...begun, headers: last.reply.headers };
    tried.push(last.attempt);
    spent += last.cost;
    if (!last.mayFailOver) break;
  }
  if (!last || !head) {
    await ports.ledgers.release(call.tenant, { reservation: call.invocation, actor: call.attribution.key });
    throw new DaybookError('model.not-found', 'No provider of this model is configured any more.');
  }

  const position = await recordCompletion(ports, call, {
    outcome: last.failure ? (call.signal.aborted ? 'aborted' : 'error') : 'ok',
    ...(last.failure ? { error: last.failure.code } : {}),
    attempts: tried,
    cached: last.usage.cached,
    cacheWrite: last.usage.cacheWrite,
    reasoning: last.usage.reasoning,
    cost: spent,
    priceVersion: ports.catalogue().priceVersion,
    ttftMs: last.ttftMs,
    reserved,
    scopes: reservation.scopes,
    day: reservation.day,
    loweredTo: head.loweredTo,
    prompt,
    answer: last.text,
    response: keepsResponse(call.operation, call.body)
      ? (last.reply?.body ?? (final && Buffer.from(final.json)))
      : undefined,
  });
  if (last.failure) throw asError(last.failure, tried.length);
  if (final) await sink?.write(final);
  return {
    head,
    end: { cost: spent, remaining: remaining === null ? null : remaining + reserved - spent, position },
    body: last.reply?.body,
  };
}

function asError(failure: ProviderFailure, count: number): DaybookError {
  const { status, retryAfterMs } = failure.details;
  return new DaybookError(
    failure.code,
    failure.message,
    {
      attempts: count,
      ...(isDaybookError(failure.cause) ? failure.cause.fields : {}),
      ...(status === undefined ? {} : { providerStatus: status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    { cause: failure },
  );
}
