import { DaybookError } from '../../schemas/errors.ts';
import { type AnswerView, answerView } from '../../schemas/http/knowledge.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import type { Output } from './output.ts';

export interface QuestionFlags {
  readonly department: readonly string[];
  readonly k?: string;
  readonly mode?: string;
  readonly model?: string;
  readonly at?: string;
}

/** `ask <question> --department …`: an answer from their knowledge, with numbered citations, or what became of it. */
export async function askKnowledge(question: string, flags: QuestionFlags, out: Output): Promise<number> {
  const { department: departments, k, mode, model, at } = flags;
  if (k !== undefined && !/^\d{1,2}$/.test(k))
    throw new DaybookError('request.invalid', '--k: a whole number from 1 to 50 is wanted.');
  const path = `/api/v1/queries${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`;
  const answer = await api(local(), 'POST', path, {
    question,
    departments,
    ...(k === undefined ? {} : { k: Number(k) }),
    ...(mode === undefined ? {} : { mode }),
    ...(model === undefined ? {} : { model }),
  });
  const view = answerView.parse(await answer.json());
  out.result(view, answerText(view));
  if (!out.json) out.say(`\n${factsOf(view)}`);
  return exitCodes.ok;
}

function answerText(view: AnswerView): string {
  const { outcome, text, citations } = view;
  if (outcome === 'answered') return [marked(view), '', ...citations.map(citationText)].join('\n').trimEnd();
  const said = text === '' ? '' : `${text}\n`;
  if (outcome === 'not-found') return `${said}Nothing that answers it was found here.`;
  if (outcome === 'escalated')
    return `${said}A person decides on it first (${view.review ?? 'no task'}): ${view.reasons.join(', ')}.`;
  return `${said}It is not answered here: ${view.guard.map(({ detector }) => detector).join(', ')}.`;
}

/** The text with the number of each citation where it belongs. */
function marked({ text, citations }: Pick<AnswerView, 'text' | 'citations'>): string {
  let shown = text;
  const signs = citations.map(({ at }, index) => ({ at, index }));
  for (const { at, index } of signs.toSorted((a, b) => b.at - a.at || b.index - a.index))
    shown = `${shown.slice(0, at)} [${index + 1}]${shown.slice(at)}`;
  return shown;
}

const citationText = (
  { name, document, revision, page, start, end, quote }: AnswerView['citations'][number],
  index: number,
): string => {
  const where = page === undefined ? '' : `, page ${page}`;
  return `[${index + 1}] ${name ?? document}${where} (${document} revision ${revision}, ${start} to ${end})\n    "${quote.replaceAll('\n', '\n    ')}"`;
};

const factsOf = ({ confidence, model, dropped, query }: AnswerView): string =>
  [
    ...(confidence === null ? [] : [`confidence ${(100 * confidence).toFixed(0)} %`]),
    model ?? 'no model',
    ...(dropped.length === 0 ? [] : [`${dropped.length} quotes were not in the sources`]),
    query,
  ].join(', ');
