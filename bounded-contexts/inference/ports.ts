import type { ErrorCode } from '../../schemas/errors.ts';

/** Token counts as a provider reports them; all are integers ≥ 0. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  /** Of `input`, read from the provider's cache. */
  readonly cached: number;
  /** Of `output`, spent on reasoning. */
  readonly reasoning: number;
}

export interface UpstreamCall {
  /** The model's name at the provider. */
  readonly model: string;
  /** The caller's body in OpenAI's dialect, `model`, `stream` and the token bound already set. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

export interface CompleteReply {
  /** The answer in OpenAI's dialect, byte for byte as the caller is to get it. */
  readonly body: Uint8Array;
  readonly text: string;
  /** Undefined where the provider said nothing usable. */
  readonly usage: Usage | undefined;
}

/** One SSE payload of a streamed answer. */
export interface Frame {
  /** JSON of a `chat.completion.chunk`. */
  readonly json: string;
  readonly text: string;
  readonly usage?: Usage;
  /** Carries usage only, and no choice: delivered only to callers who asked for it. */
  readonly usageOnly: boolean;
}

/**
 * A provider of models. Failures are ProviderFailures; anything else that it throws is a bug. A stream that
 * ends without the provider having finished its answer throws `provider.cut-off`.
 */
export interface Provider {
  readonly id: string;
  complete(call: UpstreamCall): Promise<CompleteReply>;
  stream(call: UpstreamCall): AsyncIterable<Frame>;
  /** The models that it offers now, by their names at the provider. */
  models(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface FailureDetails {
  /** The provider's HTTP status, where it answered at all. */
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** The provider accepted the call (2xx headers arrived), so that it may bill what it did. */
  readonly accepted: boolean;
}

/** Why a provider did not answer. `code` decides whether the next candidate is tried. */
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
