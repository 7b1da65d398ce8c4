import { changeReview } from '../../bounded-contexts/approvals/index.ts';
import { actorOf, type Principal } from '../../bounded-contexts/identity/index.ts';
import type { Asking, QuestionAnswer, recordAnswer } from '../../bounded-contexts/knowledge/index.ts';
import type { ManagementPorts } from '../management/ports.ts';

/** The review task of a query: one at most. */
export const reviewOf = (query: string): string => `rev_${query}`;

/** The department whose reviewers look at it: that of the best source, or the first that was asked. */
function departmentOfAnswer(
  { knowledge }: Pick<ManagementPorts, 'knowledge'>,
  { passages }: QuestionAnswer,
  { tenant, filter }: Asking,
): string {
  const [best] = passages;
  const document = best && knowledge.library.document(tenant, best.document);
  return document?.present?.department ?? filter.departments[0] ?? '';
}

/** An answer that goes to a person before its asker has it. */
interface Escalated {
  readonly query: string;
  readonly asking: Asking;
  readonly answer: QuestionAnswer;
  readonly recorded: Awaited<ReturnType<typeof recordAnswer>>;
  /** The person whose question it is. */
  readonly requestedBy: string | undefined;
}

interface Task {
  readonly query: string;
  readonly department: string;
  /** Content ids. */
  readonly question: string;
  readonly draft: string;
  readonly dataSubject: string;
  readonly reasons: readonly string[];
  /** The person whose question it is. */
  readonly requestedBy: string | undefined;
}

/** Asks a person to decide on an answer. */
export function requestReview(ports: ManagementPorts, principal: Principal, task: Task) {
  const { requestedBy, ...rest } = task;
  const data = {
    review: reviewOf(task.query),
    kind: 'answer' as const,
    ...rest,
    reasons: [...task.reasons],
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  return changeReview(
    ports,
    { tenant: principal.tenant, actor: actorOf(principal) },
    { kind: 'request', data },
  );
}

/** Asks for the review of an answer that was just recorded. */
export const reviewRecorded = (
  ports: ManagementPorts,
  principal: Principal,
  { query, asking, answer, recorded, requestedBy }: Escalated,
) =>
  requestReview(ports, principal, {
    query,
    department: departmentOfAnswer(ports, answer, asking),
    question: recorded.question,
    draft: recorded.answer,
    dataSubject: recorded.dataSubject,
    reasons: answer.reasons,
    requestedBy,
  });
