import { DaybookError } from '../../schemas/errors.ts';
import { reviewView } from '../../schemas/http/knowledge.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import { type Output, table } from './output.ts';
import { allRows } from './pages.ts';

const pathOf = (review: string) => `/api/v1/reviews/${encodeURIComponent(review)}`;
const firstLine = (text: string | null): string => (text ?? '').split('\n')[0]?.slice(0, 80) ?? '';

/** `reviews list`: what waits for a decision; with `--all` what was decided, too. */
export async function listReviews({ all }: { all?: boolean }, out: Output): Promise<number> {
  const rows = await allRows(local(), '/api/v1/reviews', reviewView);
  const shown = rows.filter(({ status }) => all || status === 'open');
  const cells = shown.map((row) => [
    row.review,
    row.requestedAt,
    row.department,
    row.resolution ?? row.status,
    row.reasons.join(', '),
    firstLine(row.question),
  ]);
  out.result(shown, table(['review', 'since', 'department', 'state', 'reasons', 'question'], cells));
  return exitCodes.ok;
}

/** `reviews show <id>`: question, draft and sources. */
export async function showReview(review: string, out: Output): Promise<number> {
  const row = reviewView.parse(await (await api(local(), 'GET', pathOf(review))).json());
  const sources = row.citations.map(
    ({ name, document, page, quote }) =>
      `  ${name ?? document}${page === undefined ? '' : `, page ${page}`}: "${quote}"`,
  );
  const decided =
    row.resolution === null ? [] : ['', `${row.resolution} by ${row.decidedBy}`, row.answer ?? ''];
  const text = [
    `${row.review}, ${row.department}, since ${row.requestedAt}: ${row.reasons.join(', ')}`,
    '',
    `Question: ${row.question ?? '(redacted)'}`,
    `Draft: ${row.draft ?? '(none)'}`,
    ...sources,
    ...decided,
  ];
  out.result(row, text.join('\n').trimEnd());
  return exitCodes.ok;
}

/** `reviews resolve <id>`: one of `--approve`, `--reject` and `--correct <text>`. */
export async function resolveReview(
  review: string,
  flags: { approve?: boolean; reject?: boolean; correct?: string; index?: boolean },
  out: Output,
): Promise<number> {
  const said = [
    ...(flags.approve ? [{ resolution: 'approved' as const }] : []),
    ...(flags.reject ? [{ resolution: 'rejected' as const }] : []),
    ...(flags.correct === undefined ? [] : [{ resolution: 'corrected' as const, answer: flags.correct }]),
  ];
  const [decision, more] = said;
  if (!decision || more)
    throw new DaybookError('request.invalid', 'Say one of --approve, --reject and --correct <text>.');
  const answer = await api(local(), 'POST', `${pathOf(review)}/resolve`, {
    ...decision,
    index: flags.index ?? true,
  });
  out.result(await answer.json(), `${review} is ${decision.resolution}.`);
  return exitCodes.ok;
}
