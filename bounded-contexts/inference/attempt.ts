import { isDaybookError } from '../../schemas/errors.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import type { Operation } from '../../schemas/primitives.ts';
import type { Nano } from '../kernel/index.ts';
import { countedOutput } from './bounds.ts';
import { type Call, type Candidate, deadline } from './call.ts';
import { nativeOf, translationOf } from './dialects/index.ts';
import { growingText } from './growing-text.ts';
import { type CompleteReply, type Frame, type Provider, ProviderFailure, type Usage } from './ports.ts';
import { costOf } from './pricing.ts';
import { elapsed } from './record.ts';

export interface Tried {
  readonly attempt: Attempt;
  readonly cost: Nano;
  readonly usage: Usage;
  readonly text: string;
  readonly ttftMs: number | undefined;
  /** The answer of a call that was not streamed, in the caller's dialect. */
  readonly reply: Pick<CompleteReply, 'body' | 'headers'> | undefined;
  readonly failure: ProviderFailure | undefined;
}

export interface TryOptions {
  readonly call: Call;
  readonly candidate: Candidate;
  readonly provider: Provider;
  /** Carry it over chat completions even where the provider speaks the caller's dialect. */
  readonly overChat: boolean;
  readonly outputBound: number;
  /** `max_tokens` as the budget lowered it. */
  readonly loweredTo: number | undefined;
  /** The beginning of the answer that the model is to go on from. */
  readonly prefix: string | undefined;
  /** Until the first token of a streamed answer, in ms. */
  readonly firstTokenMs: number;
  readonly signal: AbortSignal;
  /** Called with each frame of a streamed answer, as the provider gave it, in order. May throw a ProviderFailure. */
  readonly onFrame: (frame: Frame) => Promise<void> | undefined;
  /** Asked after each frame: the rest is not wanted. */
  readonly enough: () => boolean;
}

/** Whether a call goes to this candidate in its own dialect. */
export const isNative = (call: Call, { model }: Candidate, provider: Provider, overChat: boolean): boolean =>
  provider.serves.has(call.operation) &&
  !((overChat || model.overChat?.has(call.operation)) && translationOf(call.operation) !== undefined);

/** Tries one provider once. Never throws for what a provider does. */
export async function tryProvider(options: TryOptions): Promise<Tried> {
  const { call, candidate, provider, outputBound, signal } = options;
  const { model } = candidate;
  const startedMs = elapsed(call);
  let text = '';
  let reported: Usage | undefined;
  let ttftMs: number | undefined;
  let reply: Tried['reply'];
  let failure: ProviderFailure | undefined;
  let accepted = false;
  const native = isNative(call, candidate, provider, options.overChat);
  const watch = call.streamed ? firstTokenWatch(signal, options.firstTokenMs) : undefined;
  try {
    const upstream = {
      operation: native ? call.operation : ('chat' as const),
      model: model.upstream,
      body: upstreamBody(options, native),
      headers: native ? call.headers : undefined,
      signal: watch?.signal ?? signal,
    };
    if (watch) {
      const said = growingText();
      let frames = 0;
      try {
        reading: for await (const together of provider.stream(upstream)) {
          accepted = true;
          for (const frame of together) {
            // A first frame may only say who speaks.
            if (ttftMs === undefined && (frame.text !== '' || frames++ > 0)) {
              watch.seen();
              ttftMs = elapsed(call);
            }
            if (frame.text !== '') said.add(frame.text);
            if (frame.usage) reported = frame.usage;
            const slow = options.onFrame(frame);
            if (slow) await slow;
            if (options.enough()) break reading;
          }
        }
      } finally {
        text = said.whole();
      }
    } else {
      const answer = await provider.complete(upstream);
      accepted = true;
      text = answer.text;
      reported = answer.usage;
      reply = (native ? nativeReply : translatedReply)(answer, call, candidate);
    }
  } catch (error) {
    failure = asFailure(error, signal, watch?.signal);
    // A caller who leaves does not stop what the provider had begun.
    accepted ||= failure.details.accepted || signal.aborted;
  } finally {
    watch?.end();
  }
  // A whole answer lost on its way had been generated: how much of it nobody can say, so all that it may have been.
  const lost = !call.streamed && !signal.aborted && text === '' && failure?.details.accepted === true;
  const usage = reported ?? {
    input: accepted ? call.inputBound : 0,
    output: lost ? outputBound : accepted ? countedOutput(text, outputBound) : 0,
    cached: 0,
    cacheWrite: 0,
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
    ...(failure ? failedWith(failure) : {}),
    input: usage.input,
    output: usage.output,
    cost: cost.toString(),
    usage: reported ? 'provider' : accepted ? (text === '' ? 'bound' : 'counted') : 'none',
  };
  return { attempt, cost, usage, text, ttftMs, reply, failure };
}

const failedWith = ({ code, details: { status, original } }: ProviderFailure) => ({
  error: code,
  ...(status === undefined ? {} : { status }),
  ...(original === undefined ? {} : { original: original.slice(0, 2_000) }),
});

/** Aborts with the call, and by itself where no first token comes in time. */
function firstTokenWatch(call: AbortSignal, ms: number) {
  const attempt = new AbortController();
  // By hand: a signal that is made of others is kept track of for as long as they live.
  const follow = () => attempt.abort(call.reason);
  call.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => attempt.abort('first token'), ms);
  if (call.aborted) follow();
  return {
    signal: attempt.signal,
    seen: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      call.removeEventListener('abort', follow);
    },
  };
}

function asFailure(error: unknown, call: AbortSignal, attempt: AbortSignal | undefined): ProviderFailure {
  if (call.aborted) {
    const late = call.reason === deadline;
    const said = late ? 'The call took longer than it may.' : 'The caller left.';
    return new ProviderFailure('provider.timeout', said, { accepted: true }, { cause: error });
  }
  if (attempt?.aborted) {
    const said = 'The provider sent no first token in time.';
    return new ProviderFailure('provider.timeout', said, { accepted: false }, { cause: error });
  }
  if (error instanceof ProviderFailure) return error;
  // What this provider's dialect cannot express, another one's may.
  if (isDaybookError(error))
    return new ProviderFailure(error.code, error.message, { accepted: false }, { cause: error });
  throw error;
}

export const aboutOf = (call: Call, { model }: { readonly model: { readonly id: string } }) => ({
  invocation: call.invocation,
  model: model.id,
  created: Math.floor(Date.now() / 1000),
  request: call.body,
});

function translatedReply({ body, ...rest }: CompleteReply, call: Call, candidate: Candidate): CompleteReply {
  const translation = translationOf(call.operation);
  if (!translation) return { body, ...rest };
  const completion = JSON.parse(Buffer.from(body).toString());
  const answer = translation.answer(completion, aboutOf(call, candidate));
  return { ...rest, body: Buffer.from(JSON.stringify(answer)) };
}

/** Where the provider speaks the caller's dialect, only what is Daybook's own is put in: ids, formats. */
function nativeReply(reply: CompleteReply, call: Call, candidate: Candidate): CompleteReply {
  const native = nativeOf(call.operation);
  return native ? { ...reply, body: native.answer(reply.body, aboutOf(call, candidate)) } : reply;
}

/** The request field that bounds an answer's tokens, by dialect; operations that answer without tokens have none. */
const boundFields: Partial<Record<Operation, string>> = {
  completions: 'max_tokens',
  responses: 'max_output_tokens',
  messages: 'max_tokens',
};

/** The caller's body as this candidate is to get it. */
function upstreamBody(options: TryOptions, native: boolean): Record<string, unknown> {
  const { call, candidate, loweredTo, prefix } = options;
  const { model } = candidate;
  const operation = native ? call.operation : 'chat';
  const translated = (native ? nativeOf : translationOf)(call.operation)?.request(call.body);
  const body: Record<string, unknown> = { ...(translated ?? call.body), model: model.upstream };
  const boundField = operation === 'chat' ? model.maxTokensField : boundFields[operation];
  // A translation leaves the bound to its model's own field; any other body says its own.
  const bounded = (native || call.operation === 'chat') && call.maxTokens !== undefined;
  if (!bounded && boundField !== undefined)
    body[boundField] = call.maxTokens ?? loweredTo ?? model.defaultMaxTokens;
  if (call.streamed && (operation === 'chat' || operation === 'completions'))
    body['stream_options'] = { ...(body['stream_options'] as object | undefined), include_usage: true };
  if (prefix !== undefined && Array.isArray(body['messages']))
    body['messages'] = [...body['messages'], { role: 'assistant', content: prefix }];
  return body;
}
