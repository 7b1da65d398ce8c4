import { DaybookError, type ErrorCode, isDaybookError } from '../../schemas/errors.ts';
import type { Attempt, DaybookEvent, RecordedDecision } from '../../schemas/events/index.ts';
import { tier as tierSchema } from '../../schemas/primitives.ts';
import {
  type CommittedEvent,
  type ContentWriter,
  type FactWriter,
  type Nano,
  type Position,
  patiently,
  type SealedContent,
  sealContent,
  uuidv7,
  type Vault,
} from '../kernel/index.ts';
import type { Call } from './call.ts';
import type { Reply } from './replies.ts';
import { recordedDecision } from './route.ts';
import type { Choice } from './routing/index.ts';

export interface RecordPorts {
  readonly facts: FactWriter;
  readonly contents: ContentWriter;
  readonly vault: Vault;
}

export const dataSubjectOf = ({ attribution }: Call): string =>
  attribution.user ?? attribution.session ?? 'tenant';

const callData = (call: Call) => ({
  invocation: call.invocation,
  trace: call.trace,
  ...call.attribution,
  requestedModel: call.requestedModel.slice(0, 200),
  ...(call.operation === 'chat' ? {} : { operation: call.operation }),
  streamed: call.streamed,
  private: call.privacy !== undefined,
});

/** A call that was turned away before any provider was tried. It costs nothing, and is on the log. */
export function recordRefusal(
  ports: RecordPorts,
  call: Call,
  error: DaybookError,
  passed: readonly Choice[] = [],
): Promise<Position> {
  const pool = error.fields['pool'];
  const event: DaybookEvent<'invocation.refused'> = {
    type: 'invocation.refused',
    data: {
      ...callData(call),
      code: error.code,
      reason: error.message.slice(0, 500),
      ...(typeof pool === 'string' ? { pool } : {}),
      decision: recordedDecision(call, passed),
    },
  };
  return ports.facts.append(call.tenant, 'invocations', event);
}

/** An answer that was given again: it costs nothing, and is on the log. */
export function recordReplay(
  ports: Pick<RecordPorts, 'facts'>,
  call: Call,
  reply: Reply,
  by: 'cache' | 'idempotency',
): Promise<Position> {
  const { invocation: of, tier, provider, model, cost: saved } = reply;
  const event: DaybookEvent<'invocation.replayed'> = {
    type: 'invocation.replayed',
    data: { ...callData(call), of, by, tier: tierSchema.parse(tier), provider, model, saved },
  };
  return ports.facts.append(call.tenant, 'invocations', event);
}

/** A call's prompt, sealed: its data subject's key is in the vault from then on. */
export interface SealedPrompt {
  readonly id: string;
  readonly pieces: readonly SealedContent[];
}

/**
 * Seals the prompt. Done before anything is spent: a vault that is away, or a person who was erased, refuses
 * the call here and not when its record is due.
 */
export const sealPrompt = (ports: Pick<RecordPorts, 'vault'>, call: Call): Promise<SealedPrompt> =>
  sealField(ports, call, 'prompt', call.bytes);

async function sealField(
  { vault }: Pick<RecordPorts, 'vault'>,
  call: Call,
  field: 'prompt' | 'answer' | 'response',
  bytes: Uint8Array,
): Promise<SealedPrompt> {
  const id = uuidv7();
  const subject = dataSubjectOf(call);
  return { id, pieces: await sealContent(vault, { tenant: call.tenant, subject, id, field }, bytes) };
}

/** Seals what was answered; nothing where its person was erased meanwhile: the record and the money stay. */
async function sealAnswer(
  ports: RecordPorts,
  call: Call,
  field: 'answer' | 'response',
  bytes: Uint8Array,
): Promise<SealedPrompt | undefined> {
  if (bytes.length === 0) return undefined;
  try {
    return await sealField(ports, call, field, bytes);
  } catch (error) {
    if (isDaybookError(error, 'vault.redacted')) return undefined;
    throw error;
  }
}

export interface Completion {
  readonly prompt: SealedPrompt;
  readonly outcome: 'ok' | 'error' | 'aborted';
  readonly error?: ErrorCode;
  readonly attempts: readonly Attempt[];
  readonly cached: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
  readonly cost: Nano;
  readonly priceVersion: string;
  readonly ttftMs: number | undefined;
  readonly reserved: Nano;
  readonly scopes: readonly string[];
  readonly day: string;
  readonly loweredTo: number | undefined;
  readonly answer: string;
  /** The whole response in its dialect, where it is to be found again by its id. */
  readonly response: Uint8Array | undefined;
  readonly decision: RecordedDecision;
  /** Our own stop marker that ended the answer, and the tokens of its bound that were not used. */
  readonly stopped: { readonly marker: string; readonly savedTokens: number } | undefined;
}

type Completed = DaybookEvent<'invocation.completed'>['data'];

/** Puts the call and its contents on the log; resolves once both are acknowledged. */
export async function recordCompletion(
  ports: RecordPorts,
  call: Call,
  completion: Completion,
): Promise<Position> {
  const last = completion.attempts.at(-1);
  if (!last) throw new DaybookError('internal', 'A completion without an attempt.');
  const { tenant } = call;
  const { prompt } = completion;
  const answer = await sealAnswer(ports, call, 'answer', Buffer.from(completion.answer));
  const response = completion.response && (await sealAnswer(ports, call, 'response', completion.response));
  const sealed: SealedContent[] = [...prompt.pieces];
  if (answer) sealed.push(...answer.pieces);
  if (response) sealed.push(...response.pieces);
  const { outcome, error, cacheWrite, ttftMs, loweredTo, stopped } = completion;
  // What is not always there is set after it: an object that is spread into another for one field costs more than it.
  const data: { -readonly [Field in keyof Completed]: Completed[Field] } = {
    ...callData(call),
    tier: last.tier,
    provider: last.provider,
    model: last.model,
    outcome,
    input: last.input,
    output: last.output,
    cached: completion.cached,
    reasoning: completion.reasoning,
    cost: completion.cost.toString(),
    priceVersion: completion.priceVersion,
    latencyMs: elapsed(call),
    attempts: [...completion.attempts],
    reserved: completion.reserved.toString(),
    scopes: [...completion.scopes],
    day: completion.day,
    dataSubject: dataSubjectOf(call),
    prompt: prompt.id,
    decision: completion.decision,
  };
  if (error !== undefined) data.error = error;
  if (cacheWrite !== 0) data.cacheWrite = cacheWrite;
  if (ttftMs !== undefined) data.ttftMs = ttftMs;
  if (loweredTo !== undefined) data.loweredTo = loweredTo;
  if (answer) data.answer = answer.id;
  if (response) data.response = response.id;
  if (stopped) data.stopped = stopped;
  const event: CommittedEvent = { type: 'invocation.completed', data };
  const [position] = await Promise.all([
    patiently(() => ports.facts.append(tenant, 'invocations', event), recordPatienceMs),
    patiently(() => ports.contents.put(tenant, sealed), recordPatienceMs),
  ]);
  return position;
}

/** A provider has answered and may bill: a log that is away for a moment must not lose that. */
const recordPatienceMs = 8_000;

/** Milliseconds since the call arrived, to a hundredth. */
export const elapsed = (call: Call): number => Math.round((performance.now() - call.arrived) * 100) / 100;
