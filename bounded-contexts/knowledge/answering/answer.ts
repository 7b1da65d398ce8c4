import { guard, guardVersionOf } from '../guardrails/index.ts';
import type { PromptSet } from '../prompts/index.ts';
import { analyserVersion, guessLanguage } from '../retrieval/index.ts';
import { partitionOf, wordingOf } from '../semantic-cache/index.ts';
import { detectLanguage } from '../text/index.ts';
import { type CountedAnswer, countedAnswer, countedQuestion } from './counted.ts';
import { extractedAnswer } from './extract.ts';
import { type Found, read } from './find.ts';
import { gather } from './gather.ts';
import { type Judged, judge } from './judge.ts';
import type { AnsweringPorts, AskingModel, Searchable } from './ports.ts';
import type { AnswerProgress, Asking, GuardNote, QuestionAnswer, UsedOptions } from './question.ts';

/** Of a short text the detector is not sure; its function words still tell. */
function languageOf(text: string): string {
  const detected = detectLanguage(text);
  if (detected !== 'und') return detected;
  const guessed = guessLanguage(text);
  return guessed === 'none' ? 'und' : guessed;
}

/** The language of most of what was found. */
function spokenIn(hits: Found['hits']): string {
  const counts = new Map<string, number>();
  for (const { language } of hits) counts.set(language, (counts.get(language) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? 'und';
}

/** From this cosine on two questions may be one, if their numbers, names and negations are the same. */
const alike = 0.95;

/**
 * Answers one question: guard, make it stand alone, look whether it was answered, search, ask the model (or take
 * sentences where there is none), check every quote, guard, weigh. Nothing is recorded here. What is told on the way was
 * checked before; where the answer goes to a person first, no word of it is told.
 */
export async function answerQuestion(
  ports: Omit<AnsweringPorts, 'library'>,
  model: AskingModel,
  asking: Asking,
  tell: (progress: AnswerProgress) => void = () => {},
): Promise<QuestionAnswer> {
  const { tenant, rules, filter } = asking;
  const { prompts } = ports;
  const language = languageOf(asking.question);
  const inward = guard(asking.question, rules.guard, 'in');
  const notes: GuardNote[] = inward.findings.map(({ detector, action }) => ({
    detector,
    action,
    direction: 'in' as const,
  }));
  const nothing: QuestionAnswer = {
    outcome: 'blocked',
    text: '',
    draft: undefined,
    searchedAs: inward.text,
    language,
    citations: [],
    claims: [],
    dropped: [],
    passages: [],
    used: { diversified: false, searched: [], hops: 0, rerank: 'off', skipped: [] },
    confidence: null,
    confidenceModel: '',
    features: {},
    reasons: [],
    guard: notes,
    model: null,
    invocations: [],
    promptVersion: prompts.version,
    cached: undefined,
  };
  if (inward.action === 'block') return nothing;

  const invocations: string[] = [];
  const standing = await standAlone(model, prompts, asking, inward.text, language, invocations);
  const [vector = new Float32Array()] = await ports.embedder.embed(
    { tenant, department: filter.departments[0] ?? '' },
    [standing],
  );
  const question = { text: standing, vector, wording: wordingOf(standing) };
  const partition = partitionOf({
    tenant,
    departments: filter.departments,
    locale: language,
    model: model.name ?? 'none',
    promptVersion: prompts.version,
    retrievalVersion: `${analyserVersion}/${ports.embedder.model}/${JSON.stringify({ ...rules, guard: rules.guard.version })}/${JSON.stringify(filter)}`,
    guardVersion: guardVersionOf(rules.guard),
  });
  const moment = ports.cache.moment();
  const mayCache = rules.cache && asking.asOf === undefined && asking.turns.length === 0;
  const kept = mayCache
    ? ports.cache.find(partition, question, {
        minSimilarity: alike,
        mayRead: ({ department }) => filter.departments.includes(department),
      })
    : undefined;
  if (kept && (await ports.stands(tenant, kept.entry.id))) {
    const { answer, query } = kept.entry.answer;
    const again = { ...answer, searchedAs: standing, guard: notes, invocations, cached: query };
    tell({ type: 'retrieval', passages: again.passages, searchedAs: standing });
    say(again, tell);
    return again;
  }

  const searchable =
    asking.asOf === undefined ? ports.now : await ports.asOf(tenant, filter.departments, asking.asOf);
  const { hits, used } = await gather(
    searchable,
    ports,
    model,
    asking,
    { text: standing, vector, language },
    invocations,
  );
  const found = await read(searchable, asking, hits);
  tell({ type: 'retrieval', passages: found.passages, searchedAs: standing });
  // Where a question does not tell its language, it is answered in that of its sources.
  const spoken = language === 'und' ? spokenIn(found.hits) : language;
  const counted = await countedFor(searchable, asking, standing, spoken);
  const drafted = counted
    ? { text: counted.text, model: null, invocation: undefined }
    : await draft(model, prompts, asking, found, standing, spoken);
  asking.signal.throwIfAborted();
  if (drafted.invocation !== undefined) invocations.push(drafted.invocation);
  const confidence = await ports.confidence(tenant);
  const judged = judge(
    drafted.text,
    counted ? { ...found, sources: counted.sources } : found,
    asking,
    confidence,
    inward.action,
    counted !== undefined,
  );
  const answer: QuestionAnswer = {
    ...nothing,
    ...resultOf(judged),
    searchedAs: standing,
    language: spoken,
    passages: found.passages,
    used,
    confidenceModel: confidence.version,
    guard: [...notes, ...found.guard, ...judged.guard],
    model: drafted.model,
    invocations,
  };
  say(answer, tell);
  // An answer that was made without its reranker is not the one that is given once it is back.
  if (mayCache && answer.outcome === 'answered' && used.rerank !== 'unavailable') {
    const cites = answer.citations.map(({ document, revision }) => ({
      department: found.hits.find((hit) => hit.document === document)?.department ?? '',
      document,
      revision,
    }));
    const dense = found.hits.flatMap(({ parts }) => (parts.dense ? [parts.dense.score] : []));
    ports.cache.put(
      {
        id: asking.query,
        tenant,
        partition,
        departments: filter.departments,
        question,
        cites,
        kthScore: isWidened(used) || dense.length < rules.k ? -1 : Math.min(...dense),
        escalated: false,
        answer: { query: asking.query, answer },
      },
      moment,
    );
  }
  return answer;
}

/** Whether more could have come into the answer than what is nearer to its question than the k-th hit. */
const isWidened = ({ diversified, searched, rerank }: UsedOptions): boolean =>
  diversified || searched.length > 0 || rerank === 'done';

/** What is to be counted over all rows is counted, not guessed from some. */
async function countedFor(
  searchable: Searchable,
  { tenant, filter }: Asking,
  question: string,
  language: string,
): Promise<CountedAnswer | undefined> {
  const wanted = countedQuestion(question);
  if (!wanted) return undefined;
  const rows = await searchable.rows(tenant, filter);
  const texts = new Map<string, string>();
  for (const { document, revision } of rows)
    if (!texts.has(document)) texts.set(document, await searchable.textOf(tenant, document, revision));
  return countedAnswer(wanted, rows, (document) => texts.get(document) ?? '', language);
}

/** A follow-up question as one that can be understood by itself; where that fails, it is searched as it is. */
async function standAlone(
  model: AskingModel,
  prompts: PromptSet,
  { turns, signal }: Asking,
  question: string,
  language: string,
  invocations: string[],
): Promise<string> {
  if (turns.length === 0) return question;
  if (model.name === null) return `${turns.at(-1)?.question ?? ''} ${question}`.trim();
  const reply = await model.ask(prompts.rewrite({ question, turns, language }), signal);
  invocations.push(reply.invocation);
  return prompts.readRewrite(reply.text) ?? question;
}

interface Drafted {
  readonly text: string;
  readonly model: string | null;
  readonly invocation: string | undefined;
}

const none: Drafted = { text: '[not found]', model: null, invocation: undefined };

function extracted(found: Found, question: string, language: string): Drafted {
  const numbered = found.shown.map((text, index) => ({ number: index + 1, text }));
  const text = extractedAnswer(question, numbered, language);
  return text === undefined ? none : { ...none, text, model: 'builtin/extractive' };
}

async function draft(
  model: AskingModel,
  prompts: PromptSet,
  { turns, signal }: Asking,
  found: Found,
  question: string,
  language: string,
): Promise<Drafted> {
  if (found.sources.length === 0) return none;
  if (model.name === null) return extracted(found, question, language);
  const messages = prompts.answer({ question, turns, language, passages: found.shown });
  const reply = await model.ask(messages, signal);
  if (!reply.model.startsWith('builtin/'))
    return { text: reply.text, model: reply.model, invocation: reply.invocation };
  // The call went where there is no model: what it can say it says better with the sources apart.
  return { ...extracted(found, question, language), invocation: reply.invocation };
}

function resultOf(judged: Judged): Partial<QuestionAnswer> & Pick<QuestionAnswer, 'outcome' | 'text'> {
  const { checked, confidence, features, reasons } = judged;
  const common = {
    claims: checked.claims,
    dropped: checked.dropped,
    citations: checked.citations,
    confidence,
    features,
    reasons,
    draft: checked.text,
  };
  if (judged.escalate || judged.blocked) return { ...common, outcome: 'escalated', text: '' };
  const honest = checked.notFound && checked.claims.length === 0;
  return { ...common, outcome: honest ? 'not-found' : 'answered', text: checked.text };
}

/** By sentences, so that a reader sees it come, each citation where it belongs. */
function say({ outcome, text, citations }: QuestionAnswer, tell: (progress: AnswerProgress) => void): void {
  if (outcome !== 'answered') return;
  const ends = [...new Set([...citations.map(({ at }) => Math.min(at, text.length)), text.length])].sort(
    (a, b) => a - b,
  );
  let from = 0;
  for (const end of ends) {
    if (end > from) tell({ type: 'token', text: text.slice(from, end) });
    for (const citation of citations)
      if (Math.min(citation.at, text.length) === end) tell({ type: 'citation', citation });
    from = end;
  }
}
