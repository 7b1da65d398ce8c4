import type { PromptMessage, PromptSet } from '../prompts/index.ts';
import { analyse, analyserOf, diversify, type Hit, overlap, rrfK } from '../retrieval/index.ts';
import type { AnsweringPorts, AskingModel, Searchable } from './ports.ts';
import type { Asking, UsedOptions } from './question.ts';
import { inOrder } from './rerank.ts';

export interface Gathered {
  readonly hits: readonly Hit[];
  readonly used: UsedOptions;
}

interface Wanted {
  readonly text: string;
  readonly vector: Float32Array;
  readonly language: string;
}

/** Questions that one is taken apart into, or that are found missing, at most. */
const mostParts = 4;
/** Candidates that are put in another order or diversified, in multiples of k. */
const breadth = 3;
/** Hits of which a model is asked what they lack, and characters of each. */
const shownHits = 8;
const shownChars = 1_500;

const idOf = ({ document, revision, chunk }: Hit): string => `${document}/${revision}/${chunk.ordinal}`;

/**
 * Several rankings as one, by the sum of their reciprocal ranks (Cormack, Clarke and Büttcher, 2009); a hit keeps what
 * the first search that found it said of it.
 */
function together(lists: readonly (readonly Hit[])[]): readonly Hit[] {
  const [only = [], ...others] = lists;
  if (others.length === 0) return only;
  const found = new Map<string, { readonly hit: Hit; score: number }>();
  for (const list of lists)
    for (const [at, hit] of list.entries()) {
      const entry = found.get(idOf(hit)) ?? { hit, score: 0 };
      entry.score += 1 / (rrfK + at + 1);
      found.set(idOf(hit), entry);
    }
  return [...found.values()].map(({ hit, score }) => ({ ...hit, score })).sort((x, y) => y.score - x.score);
}

/**
 * Searches, in as many ways as the rules ask for: other wordings of the question, a passage as it could answer it (Gao
 * et al., HyDE, 2022), its parts, and what is found missing, hop by hop; all of it fused by reciprocal ranks, put in order
 * by a reranker, and made diverse. Without a model or a reranker only what needs none is done, and `skipped` says so. At
 * most 3 + `hops` calls of the model, and one of the reranker.
 */
export async function gather(
  { index }: Searchable,
  { embedder, prompts }: Pick<AnsweringPorts, 'embedder' | 'prompts'>,
  model: AskingModel,
  asking: Asking,
  question: Wanted,
  invocations: string[],
): Promise<Gathered> {
  const { tenant, filter, rules, signal } = asking;
  const { options, k } = rules;
  const language = question.language === 'und' ? {} : { language: question.language };
  const reorders = options.rerank !== 'off' && model.reranker !== null;
  const most = options.diversify || reorders ? breadth * k : k;
  const search = (text: string, vector: Float32Array) =>
    index.search(tenant, embedder.model, {
      ...{ text, vector, ...language, filter },
      ...{ mode: rules.mode, weights: rules.weights, k: most },
    });
  const searchAll = async (texts: readonly string[]): Promise<readonly (readonly Hit[])[]> => {
    if (texts.length === 0) return [];
    const vectors = await embedder.embed({ tenant, department: filter.departments[0] ?? '' }, texts);
    return Promise.all(texts.map((text, n) => search(text, vectors[n] ?? new Float32Array())));
  };
  const ask = async <T>(messages: readonly PromptMessage[], read: (reply: string) => T): Promise<T> => {
    const reply = await model.ask(messages, signal);
    invocations.push(reply.invocation);
    return read(reply.text);
  };

  const lists: (readonly Hit[])[] = [await search(question.text, question.vector)];
  const asked = model.name !== null;
  const searched = asked ? await otherTexts(prompts, options, question, ask) : [];
  lists.push(...(await searchAll(searched)));
  let hops = 0;
  while (asked && hops < options.hops) {
    const passages = together(lists).slice(0, shownHits);
    const shown = passages.map(({ chunk }) => chunk.text.slice(0, shownChars));
    const missing = await ask(
      prompts.missing({
        question: question.text,
        language: question.language,
        passages: shown,
        count: mostParts,
      }),
      (reply) => prompts.readMissing(reply, mostParts).filter((one) => !searched.includes(one)),
    );
    if (missing.length === 0) break;
    hops += 1;
    searched.push(...missing);
    lists.push(...(await searchAll(missing)));
  }
  const { hits: all, rerank } = await inOrder(
    together(lists),
    breadth * k,
    model,
    asking,
    question.text,
    invocations,
  );
  return {
    hits: options.diversify ? diverse(all, k, question.language, rerank === 'done') : all.slice(0, k),
    used: {
      diversified: options.diversify,
      searched,
      hops,
      rerank,
      skipped: [
        ...(asked ? [] : askingOptions(options)),
        ...(options.rerank !== 'off' && !reorders ? ['rerank'] : []),
      ],
    },
  };
}

type Options = Asking['rules']['options'];

/** Those that are on and need a model. */
const askingOptions = ({ expand, hypothetical, decompose, hops }: Options): string[] => [
  ...(expand > 0 ? ['expand'] : []),
  ...(hypothetical ? ['hypothetical'] : []),
  ...(decompose ? ['decompose'] : []),
  ...(hops > 0 ? ['hops'] : []),
];

/** What is searched for beside the question, as a model words it. */
async function otherTexts(
  prompts: PromptSet,
  { expand, hypothetical, decompose }: Options,
  { text: question, language }: Wanted,
  ask: <T>(messages: readonly PromptMessage[], read: (reply: string) => T) => Promise<T>,
): Promise<string[]> {
  const texts: string[] = [];
  if (expand > 0)
    texts.push(
      ...(await ask(prompts.expand({ question, language, count: expand }), (reply) =>
        prompts.readList(reply, expand),
      )),
    );
  if (hypothetical) {
    const passage = await ask(prompts.hypothetical({ question, language }), prompts.readHypothetical);
    if (passage !== undefined) texts.push(passage);
  }
  if (decompose)
    texts.push(
      ...(await ask(prompts.decompose({ question, language, count: mostParts }), (reply) =>
        prompts.readList(reply, mostParts),
      )),
    );
  return [...new Set(texts)].filter((text) => text !== question);
}

/** Where they were put in another order, relevance is by rank: their scores are no measure of it any more. */
function diverse(hits: readonly Hit[], k: number, language: string, byRank: boolean): readonly Hit[] {
  const analyser = analyserOf(language === 'und' ? undefined : language);
  const relevant = hits.map((hit, at) => ({
    hit,
    score: byRank ? 1 - at / hits.length : hit.score,
    terms: new Set(analyse(hit.chunk.text, analyser)),
  }));
  const chosen = diversify(relevant, k, { similarity: (a, b) => overlap(a.terms, b.terms) });
  return chosen.map(({ hit }) => hit);
}
