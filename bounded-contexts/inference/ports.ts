import type { ErrorCode } from '../../schemas/errors.ts';
import type { Capability, Operation } from '../../schemas/primitives.ts';

/** Token counts as a provider reports them; all are integers ≥ 0. */
export interface Usage {
  /** All that was read, `cached` and `cacheWrite` included. */
  readonly input: number;
  readonly output: number;
  /** Of `input`, read from the provider's cache. */
  readonly cached: number;
  /** Of `input`, written to the provider's cache. */
  readonly cacheWrite: number;
  /** Of `output`, spent on reasoning. */
  readonly reasoning: number;
}

export interface UpstreamCall {
  /** One that the provider serves. */
  readonly operation: Operation;
  /** The model's name at the provider. */
  readonly model: string;
  /** The request in the operation's own dialect, `model`, `stream` and the token bound already set. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The caller's headers that belong to its dialect (`anthropic-beta`, `anthropic-version`), where it is native. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

export interface CompleteReply {
  /** The answer in the operation's dialect; bytes as they came where nothing had to be changed. */
  readonly body: Uint8Array;
  readonly text: string;
  /** Undefined where the provider said nothing usable. */
  readonly usage: Usage | undefined;
  /** What the provider tells of its rate limits (`x-ratelimit-*`), handed on to the caller. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One SSE event of a streamed answer. */
export interface Frame {
  /** The event's name, in dialects that name them. */
  readonly event?: string;
  /** Its JSON, without line breaks. */
  readonly json: string;
  /** The answer's text in it; '' where it has none. */
  readonly text: string;
  readonly usage?: Usage;
  /** Chat only: carries usage and no choice; delivered only to callers who asked for it. */
  readonly usageOnly: boolean;
  /** The dialect's own end (`message_stop`, `response.completed`): held back until the call is recorded. */
  readonly final?: boolean;
  /** As in CompleteReply; on the first frame. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a provider says of one of its models; all that is undefined is unknown. */
export interface ModelFacts {
  /** Its name at the provider. */
  readonly name: string;
  readonly contextTokens?: number | undefined;
  readonly capabilities?: ReadonlySet<Capability> | undefined;
  /** What it is for, where the provider says so. */
  readonly operations?: ReadonlySet<Operation> | undefined;
}

/**
 * A provider of models. Failures are ProviderFailures; anything else that it throws is a bug. A stream that
 * ends without the provider having finished its answer throws `provider.cut-off`.
 */
export interface Provider {
  readonly id: string;
  /** The operations that it speaks natively; others are translated through `chat` where that is possible. */
  readonly serves: ReadonlySet<Operation>;
  complete(call: UpstreamCall): Promise<CompleteReply>;
  /** The frames that came together are given together: each step costs more than a frame. */
  stream(call: UpstreamCall): AsyncIterable<readonly Frame[]>;
  /** The models that it offers now. Costs nothing: it is the health check, too. */
  models(signal: AbortSignal): Promise<readonly ModelFacts[]>;
  close(): Promise<void>;
}

export interface FailureDetails {
  /** The provider's HTTP status, where it answered at all. */
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The provider accepted the call (2xx headers arrived), so that it may bill what it did. */
  readonly accepted: boolean;
  /** The connection was there and broke before an answer began: worth a second try at once. */
  readonly reset?: boolean;
  /** The provider's own words, as it said them (at most 2,000 characters): kept with the attempt. */
  readonly original?: string;
  /** How the provider's own limits stand, in its headers: callers act upon them. */
  readonly rateLimits?: Readonly<Record<string, string>>;
}

/** Why a provider did not answer. `code` decides what is tried next. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly code: ErrorCode;
  readonly details: FailureDetails;

  constructor(code: ErrorCode, message: string, details: FailureDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
