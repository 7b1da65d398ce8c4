import type { Attribution } from '../../schemas/events/index.ts';
import type { Operation } from '../../schemas/primitives.ts';
import type { Nano, Position } from '../kernel/index.ts';
import type { Model } from './catalogue.ts';
import type { Frame } from './ports.ts';
import type { Conditions, Decision, Question, RoutingPlan } from './routing/index.ts';

export interface Candidate {
  readonly model: Model;
  /** Why it stands where it stands. */
  readonly reason: string;
}

/** Where a call may go, and all that says why. */
export interface Routed {
  readonly question: Question;
  readonly plan: RoutingPlan;
  readonly conditions: Conditions;
  readonly decision: Decision;
  /** Those of the decision, in order. Never empty. */
  readonly candidates: readonly Candidate[];
}

/** Why a call was ended that took too long. */
export const deadline = 'deadline';

/** Whether nobody waits for the answer any more. */
export const callerLeft = ({ ended: { signal } }: Pick<Call, 'ended'>): boolean =>
  signal.aborted && signal.reason !== deadline;

/** One call as it enters: authenticated, validated, routed. Ids are opaque. */
export interface Call {
  readonly tenant: string;
  /** UUIDv7; also the id of its reservation. */
  readonly invocation: string;
  readonly trace: string;
  readonly attribution: Attribution;
  readonly requestedModel: string;
  readonly routed: Routed;
  readonly operation: Operation;
  /** The caller's body in the operation's dialect, as parsed. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The caller's headers that belong to its dialect, for a provider that speaks it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body's bytes, kept as the prompt. */
  readonly bytes: Uint8Array;
  readonly streamed: boolean;
  readonly wantsUsageFrame: boolean;
  /** What makes it private: the request, its key, its department or the tenant; undefined where nothing does. */
  readonly privacy: string | undefined;
  /** Upper bound of the input's tokens. */
  readonly inputBound: number;
  /** Tokens that the caller allows for the answer (each of `choices`), undefined where it sets no bound. */
  readonly maxTokens: number | undefined;
  readonly choices: number;
  /** What a streamed answer does when a provider fails after its first token. */
  readonly midStream: 'error' | 'continue';
  /** A streamed answer ends after the first of these. */
  readonly markers: readonly string[];
  /** `performance.now()` when the call arrived. */
  readonly arrived: number;
  /** Aborted when the caller leaves, and with {@link deadline} once the call has taken as long as it may. */
  readonly ended: AbortController;
  /** Hears what all attempts read and wrote, in tokens, once they are over; not where none was made. */
  readonly onUsed?: (tokens: number) => void;
}

/** What a caller is told with an answer, known once a provider has begun to answer. */
export interface AnswerHead {
  readonly invocation: string;
  readonly provider: string;
  readonly model: string;
  readonly tier: number;
  /** Set where the budget allowed fewer output tokens than the model's default. */
  readonly loweredTo: number | undefined;
  /** The provider's own headers that callers know (`x-ratelimit-*`). */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AnswerEnd {
  readonly cost: Nano;
  /** Smallest remainder over the budgets in force; null without any. */
  readonly remaining: Nano | null;
  readonly position: Position;
}

/** Where a streamed answer goes. `write` may ask to wait, by a promise, for a slow reader. */
export interface StreamSink {
  begin(head: AnswerHead): void;
  write(frame: Frame): Promise<void> | undefined;
}
