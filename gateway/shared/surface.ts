import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Frame } from '../../bounded-contexts/inference/index.ts';
import type { Standing } from '../../bounded-contexts/kernel/index.ts';
import type { Capability, Operation } from '../../schemas/primitives.ts';

/** What a validated body says, as far as the gateway must know it. */
export interface AskedFor {
  readonly model: string;
  readonly streamed: boolean;
  /** Chat only: the caller wants the frame that carries usage and no choice. */
  readonly wantsUsageFrame: boolean;
  /** Tokens that the caller allows for each answer, and the field that says so. */
  readonly maxTokens: number | undefined;
  readonly maxTokensField: string;
  readonly choices: number;
  /** For the bound of the input: its messages (or texts) and its images. */
  readonly messages: number;
  readonly images: number;
  /** What the request needs of a model. */
  readonly needs: readonly Capability[];
  /** Characters of text in the request. */
  readonly promptChars: number;
  /** Whom the body itself names as its user. */
  readonly user: string | undefined;
}

export interface DialectError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** The first and the last frame of a stream that were given to its caller. */
export interface Given {
  readonly first: Frame;
  readonly last: Frame;
}

/** A route on which models are called: what its dialect expects of requests, answers, streams and errors. */
export interface Surface {
  readonly operation: Operation;
  /** The header in which its clients look for the id of their request, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** The headers of its dialect, which a provider that speaks it gets from the caller. */
  readonly headersSentOn?: readonly string[];
  /** Puts in what the body only names: a body that refers to an earlier answer becomes one that stands alone. */
  expand?(body: unknown, principal: Principal): Promise<unknown>;
  /** Throws `request.invalid` naming the field. */
  parse(body: unknown): AskedFor;
  error(thrown: unknown, requestId?: string): DialectError;
  /** The headers by which its clients know how their limits stand. `now`: Unix ms. */
  rateHeaders(standings: readonly Standing[], now: number): Readonly<Record<string, string>>;
  /** One frame as a server-sent event. */
  sse(frame: Frame): string;
  /** What ends a stream once the call is recorded, after the dialect's own final frame; '' where that is all. */
  readonly done: string;
  /**
   * An error in mid-stream, so that no client takes what came for a whole answer. `given`: what it comes after, for
   * dialects whose events are numbered; undefined where that was nothing.
   */
  sseError(thrown: unknown, requestId?: string, given?: Given): string;
}
