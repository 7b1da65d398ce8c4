import type { PromptMessage, PromptSet } from '../prompts/index.ts';
import { analyse, analyserOf, diversify, type Hit, overlap, rrfK } from '../retrieval/index.ts';
import type { AnsweringPorts, AskingModel, Searchable } from './ports.ts';
import type { Asking, UsedOptions } from './question.ts';

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
/** Candidates that are diversified, in multiples of k. */
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
 * et al., HyDE, 2022), its parts, and what is found missing, hop by hop; all of it fused by reciprocal ranks, and made
 * diverse. Without a model only what needs none is done, and `skipped` says so. At most 3 + `hops` calls of the model.
 */
export async function gather(
  { index }: Searchable,
  { embedder, prompts }: Pick<AnsweringPorts, 'embedder' | 'prompts'>,
  model: AskingModel,
  { tenant, filter, rules, signal }: Asking,
  question: Wanted,
  invocations: string[],
): Promise<Gathered> {
  const { options, k } = rules;
  const language = question.language === 'und' ? {} : { language: question.language };
  const most = options.diversify ? breadth * k : k;
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
  const wanted = namesOf(options).filter((name) => name !== 'diversify');
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
  const all = together(lists);
  return {
    hits: options.diversify ? diverse(all, k, question.language) : all.slice(0, k),
    used: {
      diversified: options.diversify,
      searched,
      hops,
      skipped: asked ? [] : wanted,
    },
  };
}

type Options = Asking['rules']['options'];

const namesOf = ({ diversify: diverse, expand, hypothetical, decompose, hops }: Options): string[] => [
  ...(diverse ? ['diversify'] : []),
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

function diverse(hits: readonly Hit[], k: number, language: string): readonly Hit[] {
  const analyser = analyserOf(language === 'und' ? undefined : language);
  const terms = new Map(hits.map((hit) => [hit, new Set(analyse(hit.chunk.text, analyser))]));
  const none = new Set<string>();
  return diversify(hits, k, {
    similarity: (a, b) => overlap(terms.get(a) ?? none, terms.get(b) ?? none),
  });
}
