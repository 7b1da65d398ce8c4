import type { RetentionKind } from '../../schemas/retention.ts';
import type { ReadStore } from '../ports.ts';

const sources: Readonly<Record<RetentionKind, string>> = {
  prompts: 'read.llm_invocations where prompt is not null',
  answers: 'read.llm_invocations where answer is not null',
  messages: 'read.agent_messages where true',
  addresses: 'read.audit_trail where address is not null',
};

/** How many contents of a kind are of the days from (null: the first) to before (exclusive), UTC. */
export async function contentsOfPeriod(
  store: ReadStore,
  tenant: string,
  kind: RetentionKind,
  from: string | null,
  before: string,
): Promise<number> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ count: string }>(
      `select count(*) as count from ${sources[kind]} and at < $1 and ($2::timestamptz is null or at >= $2)`,
      [`${before}T00:00:00Z`, from === null ? null : `${from}T00:00:00Z`],
    ),
  );
  return Number(rows[0]?.count ?? 0);
}
