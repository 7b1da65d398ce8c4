import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { type AttemptPorts, runAttempts } from './attempts.ts';
import { countedOutput } from './bounds.ts';
import {
  type AnswerEnd,
  type AnswerHead,
  type Call,
  type Candidate,
  callerLeft,
  deadline,
  type StreamSink,
} from './call.ts';
import { keepsResponse } from './dialects/index.ts';
import { type Funds, type FundsPorts, meanwhile, reserveFor } from './funds.ts';
import type { ProviderFailure } from './ports.ts';
import {
  type RecordPorts,
  recordCompletion,
  recordRefusal,
  type SealedPrompt,
  sealPrompt,
} from './record.ts';
import { relayOf } from './relay.ts';
import { nobody, type RoutePorts, recordedDecision } from './route.ts';

export interface InferencePorts extends RecordPorts, FundsPorts, AttemptPorts, RoutePorts {
  readonly callMs: number;
  /** The text of a streamed answer at most, in bytes of UTF-8: it is kept until it is recorded. */
  readonly answerBytes: number;
}

export interface Answer {
  readonly head: AnswerHead;
  readonly end: AnswerEnd;
  /** Of a call that was not streamed. */
  readonly body: Uint8Array | undefined;
}

/**
 * The order of a call, after it was authenticated, validated and routed: reserve (acknowledged), and seal the prompt
 * meanwhile → attempts, each within what is reserved → record (acknowledged) → the answer's clean end.
 * Settlement follows from the record. Throws a DaybookError that says why there is no answer; by then it is
 * recorded and paid for.
 */
export async function invoke(ports: InferencePorts, call: Call, sink?: StreamSink): Promise<Answer> {
  const [first] = call.routed.candidates;
  if (!first) {
    const error = nobody(call.routed, ports.breakers, ports.clock());
    await recordRefusal(ports, call, error);
    throw error;
  }
  const [funds, prompt] = await meanwhile(reserved(ports, call, first), () => sealPrompt(ports, call));
  const timer = setTimeout(() => call.ended.abort(deadline), ports.callMs);
  try {
    if (call.ended.signal.aborted) {
      await funds.release();
      throw new DaybookError('request.invalid', 'The caller left before the call was made.');
    }
    return await answered(ports, call, prompt, funds, sink);
  } finally {
    clearTimeout(timer);
  }
}

async function reserved(ports: InferencePorts, call: Call, first: Candidate): Promise<Funds> {
  try {
    return await reserveFor(ports, call, first);
  } catch (error) {
    if (isDaybookError(error, 'budget.exceeded')) await recordRefusal(ports, call, error);
    throw error;
  }
}

async function answered(
  ports: InferencePorts,
  call: Call,
  prompt: SealedPrompt,
  funds: Funds,
  sink: StreamSink | undefined,
): Promise<Answer> {
  const relay = relayOf(call, ports.answerBytes, sink);
  const outcome = await runAttempts(ports, call, funds, relay, call.ended.signal);
  if (!('last' in outcome)) {
    await funds.release();
    await recordRefusal(ports, call, outcome.why, outcome.passed);
    throw outcome.why;
  }
  const { last, head, attempts } = outcome;
  call.onUsed?.(attempts.reduce((sum, { input, output }) => sum + input + output, 0));
  const { failure, usage } = last;
  if (!failure) await relay.finish(usage);
  const answer = relay.continuable ?? last.text;
  const marker = relay.stoppedBy;
  const position = await recordCompletion(ports, call, {
    outcome: failure ? (callerLeft(call) ? 'aborted' : 'error') : 'ok',
    ...(failure ? { error: failure.code } : {}),
    attempts,
    cached: usage.cached,
    cacheWrite: usage.cacheWrite,
    reasoning: usage.reasoning,
    cost: funds.spent,
    priceVersion: ports.catalogue().priceVersion,
    ttftMs: outcome.ttftMs,
    reserved: funds.reserved,
    scopes: funds.reservation.scopes,
    day: funds.reservation.day,
    loweredTo: head.loweredTo,
    prompt,
    answer,
    response:
      !failure && keepsResponse(call.operation, call.body) ? (last.reply?.body ?? relay.final) : undefined,
    decision: recordedDecision(call, outcome.passed),
    stopped:
      marker === undefined
        ? undefined
        : { marker, savedTokens: outcome.outputBound - countedOutput(answer, outcome.outputBound) },
  });
  if (failure) throw asError(failure, attempts.length);
  await relay.close();
  return { head, end: { cost: funds.spent, remaining: funds.remaining, position }, body: last.reply?.body };
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
