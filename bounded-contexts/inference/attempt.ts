import type { ErrorCode } from '../../schemas/errors.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import type { Nano } from '../kernel/index.ts';
import { countedOutput } from './bounds.ts';
import type { Call } from './call.ts';
import { type Provider, ProviderFailure, type Usage } from './ports.ts';
import { costOf } from './pricing.ts';
import { elapsed } from './record.ts';
import type { Candidate } from './route.ts';

/** Failures after which another provider may well answer. */
const worthAnother: ReadonlySet<ErrorCode> = new Set([
  'provider.unreachable',
  'provider.timeout',
  'provider.error',
  'provider.rate-limited',
  'provider.garbage',
  'provider.cut-off',
]);

export interface Tried {
  readonly attempt: Attempt;
  readonly cost: Nano;
  readonly usage: Usage;
  readonly text: string;
  readonly ttftMs: number | undefined;
  /** The answer of a call that was not streamed. */
  readonly body: Uint8Array | undefined;
  readonly failure: ProviderFailure | undefined;
  /** Nothing has reached the caller, and another provider may answer. */
  readonly mayFailOver: boolean;
}

export interface TryOptions {
  readonly call: Call;
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly outputBound: number;
  /** The caller's body with model, stream and token bound set. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Called with each frame of a streamed answer, in order. */
  readonly onFrame: (json: string, usageOnly: boolean) => Promise<void> | undefined;
}

/** Tries one provider once. Never throws for what a provider does. */
export async function tryProvider(options: TryOptions): Promise<Tried> {
  const { call, candidate, provider, outputBound, body, signal, onFrame } = options;
  const { model } = candidate;
  const startedMs = elapsed(call);
  let text = '';
  let reported: Usage | undefined;
  let ttftMs: number | undefined;
  let answer: Uint8Array | undefined;
  let failure: ProviderFailure | undefined;
  let accepted = false;
  try {
    if (call.streamed) {
      const parts: string[] = [];
      try {
        for await (const frame of provider.stream({ model: model.upstream, body, signal })) {
          accepted = true;
          ttftMs ??= elapsed(call);
          if (frame.text !== '') parts.push(frame.text);
          if (frame.usage) reported = frame.usage;
          const slow = onFrame(frame.json, frame.usageOnly);
          if (slow) await slow;
        }
      } finally {
        text = parts.join('');
      }
    } else {
      const reply = await provider.complete({ model: model.upstream, body, signal });
      accepted = true;
      answer = reply.body;
      text = reply.text;
      reported = reply.usage;
    }
  } catch (error) {
    failure = asFailure(error, signal);
    // A caller who leaves does not stop what the provider had begun.
    accepted ||= failure.details.accepted || signal.aborted;
  }
  const usage = reported ?? {
    input: accepted ? call.inputBound : 0,
    output: accepted ? countedOutput(text, outputBound) : 0,
    cached: 0,
    reasoning: 0,
  };
  const cost = costOf(usage, model.price);
  const attempt: Attempt = {
    provider: model.provider,
    model: model.id,
    tier: model.tier,
    startedMs,
    ms: Math.round((elapsed(call) - startedMs) * 100) / 100,
    outcome: failure ? (signal.aborted ? 'aborted' : 'failed') : 'ok',
    ...(failure ? { error: failure.code } : {}),
    ...(failure?.details.status === undefined ? {} : { status: failure.details.status }),
    input: usage.input,
    output: usage.output,
    cost: cost.toString(),
    usage: reported ? 'provider' : accepted ? (text === '' ? 'bound' : 'counted') : 'none',
  };
  const mayFailOver =
    failure !== undefined && ttftMs === undefined && !signal.aborted && worthAnother.has(failure.code);
  return { attempt, cost, usage, text, ttftMs, body: answer, failure, mayFailOver };
}

function asFailure(error: unknown, signal: AbortSignal): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (signal.aborted) {
    const late = signal.reason === 'deadline';
    return new ProviderFailure(
      'provider.timeout',
      late ? 'The call took longer than it may.' : 'The caller left.',
      {
        accepted: true,
      },
    );
  }
  throw error;
}
