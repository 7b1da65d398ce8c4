import type { DaybookEvent } from '../../../schemas/events/index.ts';
import {
  type Clock,
  type ContentWriter,
  type FactWriter,
  type Position,
  sealContent,
  uuidv7,
  type Vault,
} from '../../kernel/index.ts';
import { analyserVersion } from '../retrieval/index.ts';
import type { Asking, QuestionAnswer } from './question.ts';

export interface RecordAnswerPorts {
  readonly facts: FactWriter;
  readonly contents: ContentWriter;
  readonly vault: Pick<Vault, 'seal'>;
  readonly clock: Clock;
}

/** Who asked. */
export interface Asker {
  readonly key: string;
  readonly user?: string;
  readonly conversation?: string;
}

export interface RecordedAnswer {
  readonly position: Position;
  /** Content ids. */
  readonly question: string;
  readonly answer: string;
  readonly dataSubject: string;
}

export const dataSubjectOfAsker = ({ user }: Asker): string => user ?? 'tenant';

/**
 * Puts a question and its answer on the log. Both are sealed under the asker's key; the event holds what proves each
 * citation: document, revision, offsets and the hash of the quote.
 */
export async function recordAnswer(
  { facts, contents, vault, clock }: RecordAnswerPorts,
  asking: Asking,
  asker: Asker,
  answer: QuestionAnswer,
  embeddingModel: string,
  review: string | undefined,
): Promise<RecordedAnswer> {
  const { tenant, rules, filter } = asking;
  const dataSubject = dataSubjectOfAsker(asker);
  const [question, given] = [uuidv7(clock()), uuidv7(clock())];
  const sealed = await Promise.all([
    sealContent(
      vault,
      { tenant, subject: dataSubject, id: question, field: 'question' },
      Buffer.from(asking.question),
    ),
    sealContent(
      vault,
      { tenant, subject: dataSubject, id: given, field: 'reply-to-question' },
      Buffer.from(JSON.stringify(answer)),
    ),
  ]);
  const count = (verdict: string) => answer.claims.filter((claim) => claim.verdict === verdict).length;
  const event: DaybookEvent<'query.answered'> = {
    type: 'query.answered',
    data: {
      query: asking.query,
      departments: [...filter.departments],
      ...(asker.user === undefined ? {} : { user: asker.user }),
      key: asker.key,
      ...(asker.conversation === undefined ? {} : { conversation: asker.conversation }),
      dataSubject,
      question,
      answer: given,
      outcome: answer.outcome,
      language: answer.language,
      mode: rules.mode,
      k: rules.k,
      model: answer.model,
      embeddingModel,
      invocations: [...answer.invocations],
      versions: {
        prompt: answer.promptVersion,
        retrieval: String(analyserVersion),
        guard: String(rules.guard.version),
      },
      retrieved: answer.passages.map(({ document, revision, start, end, score }) => ({
        document,
        revision,
        start,
        end,
        score,
      })),
      citations: answer.citations.map(({ document, revision, page, start, end, proof }) => ({
        document,
        revision: Number(revision),
        ...(page === undefined ? {} : { page }),
        start,
        end,
        quote: proof,
      })),
      options: {
        diversified: answer.used.diversified,
        searched: answer.used.searched.length,
        hops: answer.used.hops,
        rerank: answer.used.rerank,
        skipped: [...answer.used.skipped],
      },
      claims: {
        supported: count('supported'),
        contradicted: count('contradicted'),
        notFound: count('not-found'),
      },
      dropped: answer.dropped.length,
      confidence: answer.confidence,
      confidenceModel: answer.confidenceModel,
      features: answer.features,
      guard: answer.guard.slice(0, 100).map((note) => ({ ...note })),
      reasons: [...answer.reasons],
      ...(review === undefined ? {} : { review }),
      ...(answer.cached === undefined ? {} : { cached: answer.cached }),
      ...(asking.replaces === undefined ? {} : { replaces: asking.replaces }),
      ...(asking.asOf === undefined ? {} : { asOf: asking.asOf }),
    },
  };
  await contents.put(tenant, sealed.flat());
  const position = await facts.append(tenant, 'queries', event);
  return { position, question, answer: given, dataSubject };
}
