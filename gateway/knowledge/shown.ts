import type { ContentReader, Position, PositionCodec } from '../../bounded-contexts/kernel/index.ts';
import type { QuestionAnswer } from '../../bounded-contexts/knowledge/index.ts';
import type { AnswerRow } from '../../projections/queries.ts';
import type { AnswerView } from '../../schemas/http/knowledge.ts';
import { textOf } from '../management/read.ts';

type Place = Pick<AnswerRow, 'dataSubject' | 'question' | 'answer'>;

export const questionPlace = (tenant: string, { dataSubject, question }: Place) => ({
  tenant,
  subject: dataSubject,
  id: question,
  field: 'question',
});

export const answerPlace = (
  tenant: string,
  { dataSubject, answer }: Pick<Place, 'dataSubject' | 'answer'>,
  field: 'reply-to-question' | 'review-answer' = 'reply-to-question',
) => ({ tenant, subject: dataSubject, id: answer, field });

/** An answer as it was recorded; null where it is gone or not to be found yet. */
export async function readAnswer(
  reader: ContentReader,
  tenant: string,
  row: Pick<Place, 'dataSubject' | 'answer'>,
): Promise<QuestionAnswer | null> {
  const text = await textOf(reader, answerPlace(tenant, row));
  return typeof text === 'string' ? (JSON.parse(text) as QuestionAnswer) : null;
}

export interface Shown {
  readonly row: Pick<
    AnswerRow,
    'query' | 'at' | 'conversation' | 'outcome' | 'review' | 'replaces' | 'replacedBy'
  > & {
    readonly position: Position;
  };
  readonly question: string | null;
  readonly answer: QuestionAnswer | null;
  readonly names: ReadonlyMap<string, string>;
  readonly positions: PositionCodec;
  /** What a person decided. */
  readonly decided?: { readonly resolution: 'approved' | 'corrected' | 'rejected'; readonly text: string };
}

export const shownCitations = (
  answer: Pick<QuestionAnswer, 'citations'> | null,
  names: ReadonlyMap<string, string>,
): AnswerView['citations'] =>
  (answer?.citations ?? []).map(({ source, at, document, revision, page, start, end, quote }) => ({
    source,
    at,
    document,
    revision: Number(revision),
    ...(page === undefined ? {} : { page }),
    start,
    end,
    quote,
    name: names.get(document) ?? null,
  }));

/** What the asker sees: nothing of a draft that waits for a person. */
export function shownAnswer({ row, question, answer, names, positions, decided }: Shown): AnswerView {
  const approved = decided?.resolution === 'approved';
  const rejected = decided?.resolution === 'rejected';
  const open = approved || (row.outcome !== 'escalated' && !rejected);
  const byPerson = decided !== undefined && !rejected;
  const text = approved
    ? (answer?.draft ?? '')
    : decided?.resolution === 'corrected'
      ? decided.text
      : rejected
        ? ''
        : (answer?.text ?? '');
  return {
    query: row.query,
    at: row.at.toISOString(),
    question,
    outcome: byPerson ? 'answered' : rejected ? 'escalated' : row.outcome,
    answeredBy: byPerson ? 'person' : row.outcome === 'answered' && !rejected ? 'model' : null,
    text,
    citations: open && decided?.resolution !== 'corrected' ? shownCitations(answer, names) : [],
    claims: open
      ? (answer?.claims ?? []).map(({ text: claim, verdict, citations }) => ({
          text: claim,
          verdict,
          citations: [...citations],
        }))
      : [],
    dropped: open ? (answer?.dropped ?? []).map(({ quote, reason }) => ({ quote, reason })) : [],
    passages: (answer?.passages ?? []).map((passage) => ({
      ...passage,
      name: names.get(passage.document) ?? null,
    })),
    used: {
      diversified: answer?.used?.diversified ?? false,
      searched: [...(answer?.used?.searched ?? [])],
      hops: answer?.used?.hops ?? 0,
      rerank: answer?.used?.rerank ?? 'off',
      skipped: [...(answer?.used?.skipped ?? [])],
    },
    confidence: answer?.confidence ?? null,
    reasons: [...(answer?.reasons ?? [])],
    guard: (answer?.guard ?? []).map((note) => ({ ...note })),
    searchedAs: answer?.searchedAs ?? '',
    language: answer?.language ?? 'und',
    model: answer?.model ?? null,
    invocations: [...(answer?.invocations ?? [])],
    conversation: row.conversation,
    review: row.review,
    resolution: decided?.resolution ?? null,
    cached: answer?.cached ?? null,
    replaces: row.replaces,
    replacedBy: row.replacedBy,
    position: positions.encode(row.position),
  };
}
