import { isDaybookError } from '../../../schemas/errors.ts';
import type { RerankUse } from '../../../schemas/knowledge.ts';
import { guard } from '../guardrails/index.ts';
import { type Hit, marginOf, reranked, shouldRerank } from '../retrieval/index.ts';
import type { AskingModel, AskingReranker } from './ports.ts';
import type { Asking } from './question.ts';

interface Ordered {
  readonly hits: readonly Hit[];
  readonly rerank: RerankUse;
}

/**
 * The first `most` hits as a reranker orders them, each with the score that searching gave it; all of them as they were,
 * where that is not wanted, not needed or not possible. Throws only where the asker left.
 */
export async function inOrder(
  hits: readonly Hit[],
  most: number,
  { tier, reranker }: Pick<AskingModel, 'tier' | 'reranker'>,
  asking: Pick<Asking, 'rules' | 'signal'>,
  question: string,
  invocations: string[],
): Promise<Ordered> {
  const wanted = asking.rules.options.rerank;
  if (wanted === 'off' || reranker === null) return { hits, rerank: 'off' };
  const needed = wanted === 'always' || shouldRerank({ tier, margin: marginOf(hits) });
  if (!needed || hits.length < 2) return { hits, rerank: 'unneeded' };
  try {
    const ordered = await byReranker(reranker, hits.slice(0, most), asking, question, invocations);
    return { hits: ordered, rerank: 'done' };
  } catch (error) {
    asking.signal.throwIfAborted();
    // What others refuse or fail to do costs the better order, never the answer; a mistake of ours must be seen.
    if (!isDaybookError(error)) throw error;
    return { hits, rerank: 'unavailable' };
  }
}

/** A reranker sees what a model may see: redacted, and without texts that try to steer it, which go to the end. */
async function byReranker(
  reranker: AskingReranker,
  hits: readonly Hit[],
  { rules, signal }: Pick<Asking, 'rules' | 'signal'>,
  question: string,
  invocations: string[],
): Promise<readonly Hit[]> {
  const checked = hits.map((hit) => ({ hit, ...guard(hit.chunk.text, rules.guard, 'source') }));
  const shown = checked.filter(({ action }) => action !== 'block');
  const scorer = {
    rerank: async () => {
      const texts = shown.map(({ text }) => text);
      const { scores, invocation } = await reranker.rerank(question, texts, signal);
      if (invocation !== undefined) invocations.push(invocation);
      return scores;
    },
  };
  const ordered = await reranked(
    scorer,
    question,
    shown.map(({ hit }) => hit),
  );
  const withheld = checked.filter(({ action }) => action === 'block');
  return [...ordered.map(({ rerankScore: _, ...hit }) => hit), ...withheld.map(({ hit }) => hit)];
}
