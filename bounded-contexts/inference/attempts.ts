import { DaybookError } from '../../schemas/errors.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import { isNative, type Tried, tryProvider } from './attempt.ts';
import type { AnswerHead, Call, Candidate } from './call.ts';
import type { Funds } from './funds.ts';
import type { Provider, ProviderFailure } from './ports.ts';
import { elapsed } from './record.ts';
import { isFollowed, type Relay } from './relay.ts';
import type { Latencies } from './route.ts';
import {
  afterFailure,
  type Breakers,
  type Choice,
  countsAgainst,
  type NextStep,
  type Slots,
} from './routing/index.ts';

export interface AttemptPorts {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly breakers: Breakers;
  readonly slots: Slots;
  readonly latencies: Latencies;
  readonly callMs: number;
}

/** What the attempts of a call came to. */
export interface Outcome {
  readonly attempts: readonly Attempt[];
  /** Candidates that were not tried when their turn came, and why. */
  readonly passed: readonly Choice[];
  readonly last: Tried;
  readonly head: AnswerHead;
  readonly ttftMs: number | undefined;
  readonly outputBound: number;
}

/** None was tried: `why` says what stood in the way. */
export interface NoAttempt {
  readonly passed: readonly Choice[];
  readonly why: DaybookError;
}

interface Turn {
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly free: () => void;
  /** It is the one call that tries whether a half-open circuit may close. */
  readonly probing: boolean;
}

/**
 * Tries the candidates in order until one answers, each within what is reserved: what a failure asks for is
 * done (again, the next, stop), at most `attempts.most` times and until the call's deadline.
 */
export async function runAttempts(
  ports: AttemptPorts,
  call: Call,
  funds: Funds,
  relay: Relay,
  signal: AbortSignal,
): Promise<Outcome | NoAttempt> {
  const { plan, candidates } = call.routed;
  const policy = plan.policy.attempts;
  const attempts: Attempt[] = [];
  const passed: Choice[] = [];
  let why: DaybookError | undefined;
  let outcome: Omit<Outcome, 'attempts' | 'passed'> | undefined;
  let ttftMs: number | undefined;
  let index = 0;
  let tries = 0;
  /** A request was too long for a model that reads so many tokens. */
  let tooShort = 0;

  while (index < candidates.length && attempts.length < policy.most && !signal.aborted) {
    const candidate = candidates[index] as Candidate;
    const refused = await hindrance(candidate);
    if (refused instanceof DaybookError) {
      why = refused;
      passed.push({ model: candidate.model.id, reason: refused.message });
      index++;
      tries = 0;
      continue;
    }
    const { turn, covered } = refused;
    const { model, reason } = candidate;
    const head: AnswerHead = {
      invocation: call.invocation,
      provider: model.provider,
      model: model.id,
      tier: model.tier,
      loweredTo: covered.loweredTo,
      headers: {},
    };
    const overChat = isFollowed(call);
    const delivered = relay.begun ? relay.continuable : undefined;
    const goesOn = delivered !== undefined && model.capabilities?.has('prefill') === true;
    let tried: Tried;
    try {
      relay.attempt(
        head,
        isNative(call, candidate, turn.provider, overChat),
        delivered === undefined ? 'first' : goesOn ? 'goes-on' : 'starts-again',
      );
      tried = await tryProvider({
        call,
        candidate,
        provider: turn.provider,
        overChat,
        outputBound: covered.outputBound,
        loweredTo: covered.loweredTo,
        prefix: goesOn ? delivered : undefined,
        firstTokenMs: policy.firstTokenMs,
        signal,
        onFrame: relay.push,
        enough: () => relay.stoppedBy !== undefined,
      });
    } catch (error) {
      if (turn.probing) ports.breakers.release(model.id, call.invocation);
      throw error;
    } finally {
      turn.free();
    }
    tries++;
    funds.spend(tried.cost);
    ttftMs ??= tried.ttftMs;
    attempts.push({
      ...tried.attempt,
      reason: tries > 1 ? `${reason}; once more`.slice(0, 200) : reason.slice(0, 200),
    });
    tell(tried, model.id, turn.probing);
    outcome = {
      last: tried,
      head: tried.reply?.headers ? { ...head, headers: tried.reply.headers } : head,
      ttftMs,
      outputBound: covered.outputBound,
    };
    if (!tried.failure || signal.aborted) break;
    const step = nextStep(tried.failure);
    if (step.kind === 'stop') break;
    if (step.kind === 'again') {
      await pause(step.afterMs, signal);
      continue;
    }
    if (tried.failure.code === 'provider.context-exceeded') tooShort = model.contextTokens ?? tooShort;
    index++;
    tries = 0;
  }
  if (!outcome) {
    const gone = 'No provider of this model is configured any more.';
    return { passed, why: why ?? new DaybookError('model.not-found', gone) };
  }
  return { ...outcome, attempts, passed };

  /** What keeps a candidate from being tried now; else its turn, paid for. */
  async function hindrance(candidate: Candidate) {
    const { model } = candidate;
    const provider = ports.providers.get(model.provider);
    if (!provider) return new DaybookError('model.not-found', 'Its provider is not configured any more.');
    if (tooShort > 0 && model.contextTokens !== undefined && model.contextTokens <= tooShort)
      return new DaybookError('provider.context-exceeded', 'It reads no more than the one before it.');
    const turn = await ports.slots.take(model.provider, signal);
    if (!turn) return new DaybookError('provider.busy', 'All its calls and places in the queue are taken.');
    let kept = false;
    try {
      if (ports.breakers.verdict(model.id) === 'open') return circuitOpen('Its circuit opened meanwhile.');
      // Before the probe is asked for: one that is won and not made would keep everyone else away for nothing.
      const covered = await funds.cover(candidate);
      if (!covered) return new DaybookError('budget.exceeded', 'The budget has no room for this attempt.');
      const circuit = await passable(model.id);
      if (circuit instanceof DaybookError) return circuit;
      kept = true;
      const held: Turn = { candidate, provider, free: turn, probing: circuit === 'probing' };
      return { turn: held, covered };
    } finally {
      if (!kept) turn();
    }
  }

  /** An open circuit, looked at anew: it may have opened since the decision. One call probes a half-open one. */
  async function passable(model: string): Promise<DaybookError | 'closed' | 'probing'> {
    const verdict = ports.breakers.verdict(model);
    if (verdict === 'closed') return 'closed';
    if (verdict === 'open') return circuitOpen('Its circuit opened meanwhile.');
    return (await ports.breakers.probe(model, call.invocation))
      ? 'probing'
      : circuitOpen('Another call probes its circuit.');
  }

  function circuitOpen(why: string): DaybookError {
    return new DaybookError('provider.circuit-open', why, { retryAfterMs: 1_000 });
  }

  function tell({ failure, ttftMs: ttft, attempt }: Tried, model: string, probing: boolean): void {
    // A probe that is refused for its own sake has found a provider that answers.
    const answered = failure?.details.status !== undefined && !countsAgainst(failure);
    if (!failure || (probing && answered)) ports.breakers.report(model, call.invocation);
    else if (!signal.aborted && countsAgainst(failure))
      ports.breakers.report(model, call.invocation, {
        code: failure.code,
        ...(failure.details.status === undefined ? {} : { status: failure.details.status }),
      });
    // Its caller left, or its time was over: it has learnt nothing, and must not keep the others away.
    else if (probing) ports.breakers.release(model, call.invocation);
    if (!failure && plan.policy.strategy === 'least-latency')
      ports.latencies.observe(model, ttft === undefined ? attempt.ms : ttft - attempt.startedMs);
  }

  function nextStep(failure: ProviderFailure): NextStep {
    const left = ports.callMs - elapsed(call);
    if (!relay.begun) return afterFailure(failure, tries, Math.random(), left, policy);
    // After the first token only an answer that can be joined is worth another attempt.
    if (call.midStream !== 'continue' || relay.continuable === undefined || !countsAgainst(failure))
      return { kind: 'stop' };
    const alone = index === candidates.length - 1;
    return alone && tries < 2 ? { kind: 'again', afterMs: policy.backoffMs } : { kind: 'next' };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
