import { type ErrorCode, isDaybookError } from '../../schemas/errors.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import type { Operation } from '../../schemas/primitives.ts';
import type { Nano } from '../kernel/index.ts';
import { countedOutput } from './bounds.ts';
import type { Call } from './call.ts';
import { nativeOf, type Translation, translationOf } from './dialects/index.ts';
import { type CompleteReply, type Frame, type Provider, ProviderFailure, type Usage } from './ports.ts';
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
  // What a translation cannot carry, a provider that speaks the dialect itself may well be asked for.
  'request.unsupported',
]);

export interface Tried {
  readonly attempt: Attempt;
  readonly cost: Nano;
  readonly usage: Usage;
  readonly text: string;
  readonly ttftMs: number | undefined;
  /** The answer of a call that was not streamed. */
  readonly reply: Pick<CompleteReply, 'body' | 'headers'> | undefined;
  readonly failure: ProviderFailure | undefined;
  /** Nothing has reached the caller, and another provider may answer. */
  readonly mayFailOver: boolean;
}

export interface TryOptions {
  readonly call: Call;
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly outputBound: number;
  /** `max_tokens` as the budget lowered it. */
  readonly loweredTo: number | undefined;
  readonly signal: AbortSignal;
  /** Called with each frame of a streamed answer, in the caller's dialect, in order. */
  readonly onFrame: (frame: Frame) => Promise<void> | undefined;
}

/** Tries one provider once. Never throws for what a provider does. */
export async function tryProvider(options: TryOptions): Promise<Tried> {
  const { call, candidate, provider, outputBound, signal, onFrame } = options;
  const { model } = candidate;
  const startedMs = elapsed(call);
  let text = '';
  let reported: Usage | undefined;
  let ttftMs: number | undefined;
  let reply: Tried['reply'];
  let failure: ProviderFailure | undefined;
  let accepted = false;
  const native = provider.serves.has(call.operation);
  const translation = native ? undefined : translationOf(call.operation);
  try {
    const upstream = {
      operation: native ? call.operation : ('chat' as const),
      model: model.upstream,
      body: upstreamBody(options, translation),
      signal,
    };
    if (call.streamed) {
      const parts: string[] = [];
      const translated = (translation ?? nativeOf(call.operation))?.stream(aboutOf(call, candidate));
      try {
        for await (const frame of provider.stream(upstream)) {
          accepted = true;
          ttftMs ??= elapsed(call);
          if (frame.text !== '') parts.push(frame.text);
          if (frame.usage) reported = frame.usage;
          if (translated) {
            for (const out of translated.push(frame)) await onFrame(out);
          } else {
            const slow = onFrame(frame);
            if (slow) await slow;
          }
        }
        if (translated) for (const out of translated.end(reported)) await onFrame(out);
      } finally {
        text = parts.join('');
      }
    } else {
      const answer = await provider.complete(upstream);
      accepted = true;
      text = answer.text;
      reported = answer.usage;
      reply = translation
        ? translatedReply(answer, translation, call, candidate)
        : nativeReply(answer, call, candidate);
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
    ...(failure ? { error: failure.code } : {}),
    ...(failure?.details.status === undefined ? {} : { status: failure.details.status }),
    input: usage.input,
    output: usage.output,
    cost: cost.toString(),
    usage: reported ? 'provider' : accepted ? (text === '' ? 'bound' : 'counted') : 'none',
  };
  const mayFailOver =
    failure !== undefined && ttftMs === undefined && !signal.aborted && worthAnother.has(failure.code);
  return { attempt, cost, usage, text, ttftMs, reply, failure, mayFailOver };
}

function asFailure(error: unknown, signal: AbortSignal): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (isDaybookError(error))
    return new ProviderFailure(error.code, error.message, { accepted: false }, { cause: error });
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

const aboutOf = (call: Call, { model }: Candidate) => ({
  invocation: call.invocation,
  model: model.id,
  created: Math.floor(Date.now() / 1000),
  request: call.body,
});

function translatedReply(
  { body, ...rest }: CompleteReply,
  translation: Translation,
  call: Call,
  candidate: Candidate,
): CompleteReply {
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
function upstreamBody(
  { call, candidate: { model }, loweredTo }: TryOptions,
  translation: Translation | undefined,
): Record<string, unknown> {
  const operation = translation ? 'chat' : call.operation;
  const body: Record<string, unknown> = {
    ...(translation
      ? translation.request(call.body)
      : (nativeOf(call.operation)?.request(call.body) ?? call.body)),
    model: model.upstream,
  };
  const boundField = operation === 'chat' ? model.maxTokensField : boundFields[operation];
  // A translation leaves the bound to its model's own field; any other body says its own.
  if ((translation || call.maxTokens === undefined) && boundField !== undefined)
    body[boundField] = call.maxTokens ?? loweredTo ?? model.defaultMaxTokens;
  if (call.streamed && (operation === 'chat' || operation === 'completions'))
    body['stream_options'] = { ...(body['stream_options'] as object | undefined), include_usage: true };
  return body;
}
