import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { QueryOutcome } from '../../schemas/knowledge.ts';
import type { ReadStore } from '../ports.ts';
import { listRows } from '../runtime/list.ts';
import { conditions, type Page, type PageOptions, type Within } from '../runtime/page.ts';

export interface AnswerRow {
  readonly query: string;
  readonly at: Date;
  readonly departments: readonly string[];
  readonly user: string | null;
  readonly key: string;
  readonly conversation: string | null;
  readonly dataSubject: string;
  /** Content ids. */
  readonly question: string;
  readonly answer: string;
  readonly outcome: QueryOutcome;
  readonly model: string | null;
  readonly confidence: number | null;
  readonly reasons: readonly string[];
  readonly review: string | null;
  readonly cached: string | null;
  /** The earlier question that this one is, asked again; and the one by which this one was asked again, the last. */
  readonly replaces: string | null;
  readonly replacedBy: string | null;
  readonly position: Position;
}

const select = `id as query, at, departments, user_id as "user", key_id as key, conversation,
  data_subject as "dataSubject", question, answer, outcome, model, confidence, reasons, review, cached, replaces,
  (select max(later.id) from read.answers later where later.replaces = answers.id) as "replacedBy", position`;

/** Null where there is none. */
export async function getAnswer(store: ReadStore, tenant: string, query: string): Promise<AnswerRow | null> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<AnswerRow>(`select ${select} from read.answers where id = $1`, [query]),
  );
  return rows[0] ?? null;
}

export interface AnswerFilter extends PageOptions, Within {
  readonly conversation?: string | undefined;
  readonly outcome?: QueryOutcome | undefined;
  /** Only of this key, where no person is named. */
  readonly key?: string | undefined;
}

/** Questions and what came of them, newest first. `departments`: all that were searched must be among these. */
export async function listAnswers(
  store: ReadStore,
  tenant: string,
  { conversation, outcome, departments, user, key, ...page }: AnswerFilter,
): Promise<Page<AnswerRow>> {
  const query = conditions();
  query.add((p) => `conversation = ${p}`, conversation);
  query.add((p) => `outcome = ${p}`, outcome);
  query.add((p) => `user_id = ${p}`, user);
  query.add((p) => `user_id is null and key_id = ${p}`, key);
  query.add((p) => `departments <@ ${p}::jsonb`, departments && JSON.stringify(departments));
  return store.withTenant(tenant, (sql) =>
    listRows<AnswerRow>(sql, {
      select,
      from: 'read.answers',
      order: ['id'],
      newestFirst: true,
      query,
      page,
    }),
  );
}

/** Answers that cite a revision of a document, newest first; of any revision where none is named. */
export async function answersCiting(
  store: ReadStore,
  tenant: string,
  document: string,
  revision: number | undefined,
): Promise<readonly (AnswerRow & { readonly revision: number })[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<AnswerRow & { revision: number }>(
      `select ${select}, cited.revision from read.answers
       join lateral (
         select max(c.revision) as revision from read.answer_citations c
         where c.query = answers.id and c.document = $1 and ($2::int is null or c.revision = $2)
       ) cited on cited.revision is not null
       order by id desc limit 1000`,
      [document, revision ?? null],
    ),
  );
  return rows;
}

/**
 * Answers that cite another revision of a document than `live` (null: none is found any more) and were not asked again,
 * newest first; without those that were asked of the past.
 */
export async function answersOutdated(
  store: ReadStore,
  tenant: string,
  document: string,
  live: number | null,
): Promise<readonly AnswerRow[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<AnswerRow>(
      `select ${select} from read.answers
       where as_of is null
         and exists (select 1 from read.answer_citations c where c.query = answers.id and c.document = $1
                       and c.revision is distinct from $2)
         and not exists (select 1 from read.answers later where later.replaces = answers.id)
       order by id desc limit 1000`,
      [document, live],
    ),
  );
  return rows;
}

/** Whether an answer may be given again: nobody found it wrong, and no person was asked about it. */
export async function answerStands(store: ReadStore, tenant: string, query: string): Promise<boolean> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ stands: boolean }>(
      `select not exists (select 1 from read.answer_feedback where query = $1 and not right_answer)
          and not exists (select 1 from read.reviews where query = $1) as stands`,
      [query],
    ),
  );
  return rows[0]?.stands ?? false;
}

/** What is recorded of answers' worth: their features, and whether their readers or reviewers found them right. */
export async function answerOutcomes(
  store: ReadStore,
  tenant: string,
): Promise<readonly { readonly features: Readonly<Record<string, number>>; readonly right: boolean }[]> {
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<{ features: Record<string, number>; right: boolean }>(
      `select a.features, o.is_right as right from (
         select query, right_answer as is_right, at from read.answer_feedback
         union all
         select query, resolution = 'approved', requested_at from read.reviews where resolution is not null
       ) o join read.answers a on a.id = o.query
       where a.outcome <> 'not-found' and a.features <> '{}'::jsonb order by o.at desc limit 20000`,
    ),
  );
  return rows;
}
