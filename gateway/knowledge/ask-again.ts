import { type Principal, principalFrom } from '../../bounded-contexts/identity/index.ts';
import { type ContentReader, type Position, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { type Asking, answerQuestion, recordAnswer } from '../../bounded-contexts/knowledge/index.ts';
import { type AnswerRow, getKey } from '../../projections/queries.ts';
import { rulesOf } from '../../schemas/config/knowledge.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import type { QueryOutcome } from '../../schemas/knowledge.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { textOf } from '../management/read.ts';
import { reviewOf, reviewRecorded } from './request-review.ts';
import { questionPlace, readAnswer } from './shown.ts';

/** A question that can still be read, and where it may be searched. */
export interface Outdated {
  readonly row: AnswerRow;
  readonly question: string;
  /** As it was searched: of a conversation, so that it stands alone. */
  readonly searched: string;
  readonly departments: readonly { readonly id: string; readonly slug: string }[];
}

export interface AskedAgain {
  readonly query: string;
  readonly outcome: QueryOutcome;
  readonly position: Position;
}

/**
 * Of recorded questions those that can be asked again: undefined where the question was erased, its asker is let in no
 * more, or none of the departments that it searched is there.
 */
export async function outdatedOf(
  { directory }: Pick<ManagementPorts, 'directory'>,
  reader: ContentReader,
  tenant: string,
  row: AnswerRow,
): Promise<Outdated | undefined> {
  if (row.user !== null && directory.person(tenant, row.user).status === 'disabled') return undefined;
  const departments = row.departments.flatMap((id) => {
    const found = directory.department(tenant, id);
    return found?.status === 'active' ? [{ id, slug: found.slug }] : [];
  });
  if (departments.length === 0) return undefined;
  const question = await textOf(reader, questionPlace(tenant, row));
  if (typeof question !== 'string') return undefined;
  const answer = await readAnswer(reader, tenant, row);
  return { row, question, searched: answer?.searchedAs || question, departments };
}

/**
 * Who asks again: nobody's key, and bound to the departments of the question. What keeps the asker's words from models
 * that are not of this house holds here, too, and so do the models that the asker's key may call.
 */
async function inPlaceOf(
  { directory, store }: ManagementPorts,
  tenant: string,
  { row, departments }: Outdated,
): Promise<Principal> {
  const key = await getKey(store, tenant, row.key);
  const local =
    directory.tenant(tenant)?.policies.privacy === 'local-only' ||
    departments.some(({ id }) => directory.department(tenant, id)?.settings.privacy === 'local-only');
  const [only] = departments;
  return principalFrom({
    tenant,
    key: 'k_answering',
    role: 'service',
    departments: departments.map(({ id }) => id),
    ...(departments.length === 1 && only ? { department: only.id } : {}),
    ...(key === null ? {} : { models: key.models, tiers: key.tiers }),
    ...(key?.private ? { private: 'key' } : local ? { private: 'tenant' } : {}),
  });
}

/**
 * Answers a question anew, from what its departments know now, and records it as its asker's, who finds it by the
 * earlier one. Throws what a call of a model throws; nothing is recorded then. `by`: who wants it so.
 */
export async function askAgain(
  ports: ManagementPorts,
  by: Principal,
  outdated: Outdated,
  signal: AbortSignal,
): Promise<AskedAgain> {
  const { knowledge } = ports;
  const { tenant } = by;
  const { row, question, searched, departments } = outdated;
  const principal = await inPlaceOf(ports, tenant, outdated);
  const rules = rulesOf(
    knowledge.config,
    departments.map(({ slug }) => slug),
  );
  const id = `q_${uuidv7(ports.clock())}`;
  const user = row.user ?? undefined;
  // The prompt holds the asker's words: it is sealed by their key, and ends with them.
  const attribution: Attribution = {
    key: principal.key,
    ...(user === undefined ? {} : { user }),
    ...(principal.department === undefined ? {} : { department: principal.department }),
  };
  const asking: Asking = {
    tenant,
    query: id,
    question: searched,
    filter: { departments: departments.map((one) => one.id) },
    rules: { ...rules, cache: false },
    turns: [],
    replaces: row.query,
    signal,
  };
  const model = knowledge.modelFor(principal, attribution, rules.answerModel);
  const prompts = knowledge.promptsFor(rules.prompts);
  const answer = await answerQuestion({ ...knowledge, prompts }, model, asking);
  const review = answer.outcome === 'escalated' ? reviewOf(id) : undefined;
  const recorded = await recordAnswer(
    ports,
    { ...asking, question },
    // Not of the conversation: that stays as it went.
    { key: row.key, ...(user === undefined ? {} : { user }) },
    answer,
    knowledge.embedder.model,
    review,
  );
  if (review !== undefined)
    await reviewRecorded(ports, by, { query: id, asking, answer, recorded, requestedBy: user });
  return { query: id, outcome: answer.outcome, position: recorded.position };
}
