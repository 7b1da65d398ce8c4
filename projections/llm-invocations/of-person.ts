import type { ReadStore } from '../ports.ts';

/** Sessions in which this person, and nobody else, is named. */
export async function sessionsOnlyOf(store: ReadStore, tenant: string, user: string): Promise<string[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ session: string }>(
      `select session from read.llm_invocations
       where session in (select session from read.llm_invocations where user_id = $1 and session is not null)
       group by session having count(distinct user_id) = 1 order by session`,
      [user],
    ),
  );
  return rows.map(({ session }) => session);
}

/** Streamed calls of a person, or of their sessions, since a moment. */
export async function streamedCallsOf(
  store: ReadStore,
  tenant: string,
  subject: string,
  since: Date,
): Promise<string[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ id: string }>(
      'select id from read.llm_invocations where data_subject = $1 and streamed and at >= $2 order by id',
      [subject, since.toISOString()],
    ),
  );
  return rows.map(({ id }) => id);
}

/** How many rows name a person, or the session that is theirs. */
export async function recordsNaming(
  store: ReadStore,
  tenant: string,
  subject: string,
): Promise<{ invocations: number; messages: number; audit: number }> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ invocations: string; messages: string; audit: string }>(
      `select
         (select count(*) from read.llm_invocations where user_id = $1 or session = $1) as invocations,
         (select count(*) from read.agent_messages where data_subject = $1) as messages,
         (select count(*) from read.audit_trail where target = $1 or acting_for = $1) as audit`,
      [subject],
    ),
  );
  const [row] = rows;
  return {
    invocations: Number(row?.invocations ?? 0),
    messages: Number(row?.messages ?? 0),
    audit: Number(row?.audit ?? 0),
  };
}
