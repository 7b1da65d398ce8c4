import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { Attempt } from '../../schemas/events/index.ts';
import type { ReadStore, Sql } from '../ports.ts';
import {
  conditions,
  decodeCursor,
  limitOf,
  type Page,
  type PageOptions,
  pageOf,
  type Within,
} from '../runtime/page.ts';

export interface Invocation {
  readonly id: string;
  readonly at: Date;
  readonly trace: string;
  readonly key: string;
  readonly user: string | null;
  readonly department: string | null;
  readonly agent: string | null;
  readonly session: string | null;
  readonly run: string | null;
  readonly taskType: string | null;
  /** Tier, provider, model and price version are null for a refused call. */
  readonly tier: number | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly requestedModel: string;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
  /** Nano-dollars. */
  readonly cost: bigint;
  readonly reserved: bigint;
  readonly priceVersion: string | null;
  readonly latencyMs: number | null;
  readonly ttftMs: number | null;
  readonly streamed: boolean;
  readonly private: boolean;
  readonly attempts: readonly Attempt[];
  readonly outcome: 'ok' | 'error' | 'aborted' | 'refused' | 'replayed';
  /** An error code: of the catalogue, or that of the refusal, whose `reason` and `pool` say more. */
  readonly error: string | null;
  readonly reason: string | null;
  readonly pool: string | null;
  readonly loweredTo: number | null;
  /** Content ids, and the data subject whose key seals them. */
  readonly dataSubject: string | null;
  readonly prompt: string | null;
  readonly answer: string | null;
  /** The whole response in its dialect, where it was kept for later. */
  readonly response: string | null;
  readonly operation: string;
  /** Models that it would have gone to, were their circuits closed. */
  readonly diverted: readonly string[] | null;
  /** Our own stop marker that ended the answer, and the tokens of its bound that it saved. */
  readonly stoppedBy: string | null;
  readonly savedTokens: number | null;
  readonly position: Position;
}

interface Row extends Omit<Invocation, 'cost' | 'reserved' | 'attempts'> {
  readonly cost: string;
  readonly reserved: string;
  /** JSON. */
  readonly attempts: string;
  /** With microseconds, as a Date has none. */
  readonly cursor_at: string;
}

const select = `select id, at, trace, key, user_id as "user", department, agent, session, run,
  task_type as "taskType", tier, provider, model, requested_model as "requestedModel", input, output, cached,
  reasoning, cost, reserved, price_version as "priceVersion", latency_ms as "latencyMs", ttft_ms as "ttftMs",
  streamed, private, attempts, outcome, error, reason, pool, lowered_to as "loweredTo",
  data_subject as "dataSubject", prompt, answer, response, operation, diverted, stopped_by as "stoppedBy",
  saved_tokens as "savedTokens", position, at::text as cursor_at
  from read.llm_invocations`;

const invocationOf = ({ cursor_at: _, ...row }: Row): Invocation => ({
  ...row,
  cost: BigInt(row.cost),
  reserved: BigInt(row.reserved),
  attempts: JSON.parse(row.attempts) as Attempt[],
});

export interface InvocationFilter extends PageOptions {
  readonly user?: string | undefined;
  readonly department?: string | undefined;
  readonly key?: string | undefined;
  readonly agent?: string | undefined;
  readonly tier?: number | undefined;
  readonly taskType?: string | undefined;
  readonly model?: string | undefined;
  readonly outcome?: string | undefined;
  readonly trace?: string | undefined;
  readonly session?: string | undefined;
  readonly run?: string | undefined;
  /** Only calls that this model's open circuit sent elsewhere. */
  readonly divertedFrom?: string | undefined;
  readonly operation?: string | undefined;
  readonly within?: Within | undefined;
  /** From (inclusive) to (exclusive). */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Invocations, newest first. Throws `request.invalid` for a cursor that is not one of this list. */
export async function listInvocations(
  store: ReadStore,
  tenant: string,
  filter: InvocationFilter = {},
): Promise<Page<Invocation>> {
  const limit = limitOf(filter);
  const query = conditions();
  query.add((p) => `user_id = ${p}`, filter.user);
  query.add((p) => `department = ${p}`, filter.department);
  query.add((p) => `key = ${p}`, filter.key);
  query.add((p) => `agent = ${p}`, filter.agent);
  query.add((p) => `tier = ${p}`, filter.tier);
  query.add((p) => `task_type = ${p}`, filter.taskType);
  query.add((p) => `model = ${p}`, filter.model);
  query.add((p) => `outcome = ${p}`, filter.outcome);
  query.add((p) => `trace = ${p}`, filter.trace);
  query.add((p) => `session = ${p}`, filter.session);
  query.add((p) => `run = ${p}`, filter.run);
  query.add((p) => `diverted ? ${p}`, filter.divertedFrom);
  query.add((p) => `operation = ${p}`, filter.operation);
  query.add((p) => `department = any(${p})`, filter.within?.departments);
  query.add((p) => `user_id = ${p}`, filter.within?.user);
  query.add((p) => `at >= ${p}`, filter.from?.toISOString());
  query.add((p) => `at < ${p}`, filter.to?.toISOString());
  if (filter.cursor !== undefined) {
    const [at, id] = decodeCursor(filter.cursor, ['time', 'text']);
    query.add((p) => `(at, id) < (${p}::timestamptz, ${query.parameter(id)})`, at);
  }
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Row>(`${select} ${query.where} order by at desc, id desc limit ${limit + 1}`, query.values),
  );
  return pageOf(rows, limit, invocationOf, (row) => [row.cursor_at, row.id]);
}

/** Null where the tenant has no such invocation. */
export async function getInvocation(
  store: ReadStore,
  tenant: string,
  id: string,
): Promise<Invocation | null> {
  const { rows } = await store.withTenant(tenant, (sql: Sql) =>
    sql.query<Row>(`${select} where id = $1`, [id]),
  );
  return rows[0] ? invocationOf(rows[0]) : null;
}
